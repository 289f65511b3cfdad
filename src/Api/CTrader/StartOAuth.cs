using Microsoft.AspNetCore.WebUtilities;
using Trading.Api.Access;
using Trading.Api.Configuration;

namespace Trading.Api.CTrader;

/// <summary><c>GET /ctrader/oauth/start</c>: where the browser is to go for the user's consent.</summary>
internal static class StartOAuth
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/ctrader/oauth/start", Answer)
            .ForUsers()
            .WithTags("cTrader")
            .WithSummary("The address of cTrader's consent page for this user; with ?redirect=true a redirect to it.")
            .WithDescription(
                "The answer's cookie binds the consent to this browser: a page of another origin must call with credentials "
                    + "included, and be listed in CORS_ORIGINS. Without the cookie the callback asks for the user's token."
            )
            .Produces<OAuthStartAnswer>()
            .Produces(StatusCodes.Status302Found)
            .Fails(StatusCodes.Status400BadRequest);

    private static async Task<IResult> Answer(
        User user,
        bool? redirect,
        OAuthStates states,
        Granting granting,
        ServiceSettings settings,
        HttpContext context
    )
    {
        // The callback knows the user by the state alone, so who that is must be on record before.
        if (await granting.IdentifyAsync(user, context.RequestAborted) is { } refusal)
        {
            return refusal;
        }

        var state = await states.BeginAsync(user.Key, context.RequestAborted);
        var application = settings.CTrader;
        var callback = OAuthCallback.Of(context.Request, application);
        var address = QueryHelpers.AddQueryString(
            application.AuthorizeUrl.ToString(),
            new Dictionary<string, string?>
            {
                ["client_id"] = application.ClientId,
                ["redirect_uri"] = callback.Address,
                ["scope"] = application.Scope,
                ["product"] = "web",
                ["state"] = state,
            }
        );
        context.Response.Headers.CacheControl = "no-store";
        callback.Remember(context.Response, state);
        return redirect == true
            ? Results.Redirect(address)
            : TypedResults.Json(new OAuthStartAnswer(address, state), ApiJson.Default.OAuthStartAnswer);
    }
}

/// <summary>Where to send the browser.</summary>
/// <param name="Url">cTrader's consent page.</param>
/// <param name="State">Comes back with the redirect; good once, for ten minutes.</param>
internal sealed record OAuthStartAnswer(string Url, string State);
