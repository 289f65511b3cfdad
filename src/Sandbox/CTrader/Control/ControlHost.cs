using System.Net;
using Trading.Sandbox.CTrader.Faults;
using Trading.Sandbox.CTrader.OAuth;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.Control;

/// <summary>The control endpoint: <see cref="SandboxControl"/> over HTTP on loopback, beside the OAuth pages.</summary>
internal static class ControlHost
{
    public static WebApplication Build(SandboxWorld world, SandboxControl control)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, world.Options.ControlPort));
        builder.Services.AddRoutingCore();
        builder.Services.ConfigureHttpJsonOptions(o =>
            o.SerializerOptions.TypeInfoResolverChain.Insert(0, ControlJson.Default)
        );
        var app = builder.Build();
        app.Use(UnknownIsNotFoundAsync);
        app.UseRouting();
        MapState(app, control);
        MapAccounts(app, control);
        MapLinks(app, control.Links);
        OAuthPages.Map(app, world);
        return app;
    }

    private static void MapState(WebApplication app, SandboxControl control)
    {
        app.MapGet("/state", () => TypedResults.Ok(control.State()));
        app.MapGet("/state/{accountId:long}", (long accountId) => TypedResults.Ok(control.Account(accountId)));
        app.MapGet("/connections", () => TypedResults.Ok(control.Links.Connections()));
        app.MapGet("/prices", () => TypedResults.Ok(control.Quotes()));
        app.MapGet(
            "/prices/{symbol}/ticks",
            (string symbol, long? from, long? to) =>
                TypedResults.Ok(control.Ticks(symbol, from ?? 0, to ?? long.MaxValue))
        );
        app.MapPost("/prices/freeze", (string? symbol) => control.Freeze(symbol, frozen: true));
        app.MapPost("/prices/release", (string? symbol) => control.Freeze(symbol, frozen: false));
        app.MapPost(
            "/prices/{symbol}",
            (string symbol, decimal bid, decimal ask) => control.SetPrice(symbol, bid, ask)
        );
    }

    private static void MapAccounts(WebApplication app, SandboxControl control)
    {
        var account = app.MapGroup("/accounts/{accountId:long}");
        account.MapPost(
            "/deposit",
            (long accountId, decimal amount, string? note) => Outcome(control.MoveCash(accountId, amount, note))
        );
        account.MapPost(
            "/withdraw",
            (long accountId, decimal amount, string? note) => Outcome(control.MoveCash(accountId, -amount, note))
        );
        account.MapPost(
            "/orders",
            (long accountId, TerminalOrder order) => Outcome(control.PlaceOrder(accountId, order))
        );
        account.MapDelete(
            "/orders/{orderId:long}",
            (long accountId, long orderId) => Outcome(control.CancelOrder(accountId, orderId))
        );
        account.MapPost(
            "/positions/{positionId:long}/close",
            (long accountId, long positionId, long? volume) =>
                Outcome(control.ClosePosition(accountId, positionId, volume))
        );
        account.MapPost("/leverage", (long accountId, int leverage) => control.SetLeverage(accountId, leverage));
        account.MapPost("/access", (long accountId, int rights) => control.SetAccessRights(accountId, rights));
        account.MapPost("/swap", (long accountId, int? times) => control.ChargeSwap(accountId, times ?? 1));
        account.MapPost("/disable", (long accountId) => control.DisableAccount(accountId));
        account.MapPost("/enable", (long accountId) => control.DisableAccount(accountId, disabled: false));
        account.MapPost("/disconnect", (long accountId) => control.Links.DisconnectAccount(accountId));
        account.MapGet("/tokens", (long accountId) => TypedResults.Ok(control.Links.Tokens(accountId)));
    }

    private static void MapLinks(WebApplication app, LinkControl links)
    {
        app.MapPost("/tokens/{token}/expire", (string token) => links.ExpireToken(token));
        app.MapPost("/tokens/{token}/revoke", (string token) => links.RevokeToken(token));
        var faults = app.MapGroup("/faults");
        faults.MapGet("", () => TypedResults.Ok(links.Faults()));
        faults.MapPost("", (FaultRule rule) => links.Arm(rule));
        faults.MapDelete("", links.ClearFaults);
        faults.MapPost("/drop", (long? connection) => TypedResults.Ok(links.Drop(connection)));
        faults.MapPost("/half-close", (long? connection) => TypedResults.Ok(links.HalfClose(connection)));
        faults.MapPost("/stall", (long? connection) => TypedResults.Ok(links.Stall(stalled: true, connection)));
        faults.MapPost("/resume", (long? connection) => TypedResults.Ok(links.Stall(stalled: false, connection)));
        faults.MapPost("/garbage", (long? connection) => TypedResults.Ok(links.SendGarbage(connection)));
        faults.MapPost("/oversize", (long? connection) => TypedResults.Ok(links.SendOversize(connection)));
        faults.MapPost("/unknown-type", (long? connection) => TypedResults.Ok(links.SendUnknownType(connection)));
        faults.MapPost(
            "/client-disconnect",
            (long? connection, string? reason) =>
                TypedResults.Ok(links.DisconnectClient(reason ?? "disconnected", connection))
        );
        faults.MapPost(
            "/rate",
            (long? connection, int? count) => TypedResults.Ok(links.BreachRate(count ?? 1, connection))
        );
        faults.MapPost("/refuse-logins", (string errorCode, int? count) => links.RefuseLogins(errorCode, count ?? 0));
        faults.MapPost("/maintenance", (long until) => links.Maintain(until));
    }

    private static IResult Outcome(CommandOutcome outcome) =>
        outcome.Accepted ? TypedResults.Ok(outcome) : TypedResults.Conflict(outcome);

    private static async Task UnknownIsNotFoundAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (KeyNotFoundException e)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            await http.Response.WriteAsync(e.Message, http.RequestAborted);
        }
    }
}
