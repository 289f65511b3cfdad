using System.Net;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.OAuth;

/// <summary>The consent page, at its current and its older address, and the token endpoint.</summary>
internal static class OAuthPages
{
    public static void Map(WebApplication app, SandboxWorld world)
    {
        foreach (var path in new[] { "/my/settings/openapi/grantingaccess", "/apps/auth" })
        {
            app.MapGet(path, (HttpContext http) => Consent(world, http.Request.Query));
        }

        // The second parameter matters: a lambda of the context alone is taken for a handler whose result is ignored.
        app.MapPost(
                "/consent",
                async (HttpContext http, CancellationToken ct) => Grant(world, await http.Request.ReadFormAsync(ct))
            )
            .DisableAntiforgery();
        app.MapGet("/apps/token", (HttpContext http) => Token(world, http.Request.Query));
    }

    private static IResult Consent(SandboxWorld world, IQueryCollection query)
    {
        if (query["client_id"] != world.Options.ClientId || !IsRedirect(query["redirect_uri"]))
        {
            return Results.BadRequest("client_id or redirect_uri is not registered");
        }

        List<(long Id, string Name)> users;
        lock (world.Gate)
        {
            users = [.. world.UserNames.Select(u => (u.Key, u.Value))];
        }

        var page = new StringBuilder("<!doctype html><meta charset=utf-8><title>Sandbox consent</title>")
            .Append("<h1>Allow access to your trading accounts?</h1>")
            .Append("<form method=post action=/consent>");
        foreach (var name in new[] { "redirect_uri", "scope", "state" })
        {
            page.Append($"<input type=hidden name={name} value=\"{WebUtility.HtmlEncode(query[name])}\">");
        }

        page.Append("<label>User <select name=user>");
        foreach (var (id, name) in users.Take(100))
        {
            page.Append($"<option value={id}>{WebUtility.HtmlEncode(name)}</option>");
        }

        page.Append("</select></label> <button name=answer value=allow>Allow</button> ")
            .Append("<button name=answer value=deny>Deny</button></form>");
        return Results.Content(page.ToString(), "text/html; charset=utf-8");
    }

    private static IResult Grant(SandboxWorld world, IFormCollection form)
    {
        string? redirect = form["redirect_uri"];
        if (!IsRedirect(redirect) || !long.TryParse(form["user"], out var userId))
        {
            return Results.BadRequest("redirect_uri or user is missing");
        }

        var answer = new Dictionary<string, string?>();
        if (form["answer"] == "allow")
        {
            lock (world.Gate)
            {
                var accounts = world.Broker.Accounts.Values.Where(a => a.UserId == userId).Select(a => a.Id).ToArray();
                var scope = form["scope"] == "accounts" ? Scope.ScopeView : Scope.ScopeTrade;
                answer["code"] = world.Tokens.NewCode(redirect!, userId, scope, accounts);
            }
        }
        else
        {
            answer["error"] = "access_denied";
        }

        if (!string.IsNullOrEmpty(form["state"]))
        {
            answer["state"] = form["state"];
        }

        return Results.Redirect(QueryHelpers.AddQueryString(redirect!, answer));
    }

    private static IResult Token(SandboxWorld world, IQueryCollection query)
    {
        var options = world.Options;
        if (query["client_id"] != options.ClientId || query["client_secret"] != options.ClientSecret)
        {
            return Answer(TokenAnswer.Refused("CH_CLIENT_AUTH_FAILURE", "clientId or clientSecret is incorrect"));
        }

        lock (world.Gate)
        {
            switch ((string?)query["grant_type"])
            {
                case "authorization_code":
                    var granted = world.Tokens.Exchange($"{query["code"]}", $"{query["redirect_uri"]}");
                    return Answer(
                        granted is null
                            ? TokenAnswer.Refused("ACCESS_DENIED", "The code is unknown, used or too old")
                            : TokenAnswer.Of(granted)
                    );
                case "refresh_token":
                    if (world.Tokens.Refresh($"{query["refresh_token"]}") is not var (old, next))
                    {
                        return Answer(TokenAnswer.Refused("ACCESS_DENIED", "The refresh token is unknown or used"));
                    }

                    world.InvalidateSessions(s => s.Grant.AccessToken == old.AccessToken, "Access token was refreshed");
                    return Answer(TokenAnswer.Of(next));
                default:
                    return Answer(TokenAnswer.Refused("INVALID_REQUEST", "grant_type is not known"));
            }
        }
    }

    private static bool IsRedirect(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";

    private static IResult Answer(TokenAnswer answer) => Results.Json(answer, Control.ControlJson.Default.TokenAnswer);
}
