using Trading.Api.Access;
using Trading.Api.Market;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Api.Live;

/// <summary>The WebSocket endpoints: the tick streamer's <c>/ws</c> and <c>/</c>, <c>/ws/prices/{instrument}</c>,
/// <c>/ws/account</c>. The messages stand in <c>docs/websocket.md</c>.</summary>
internal static class LiveSockets
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/ws", "/"])
        {
            routes
                .MapGet(path, Ticks)
                .ForTickWatchers()
                .WithTags("WebSocket")
                .WithSummary("WebSocket: the tick streamer (connect, subscribe, unsubscribe, ping, getSubscriptions).")
                .Produces(StatusCodes.Status101SwitchingProtocols)
                .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status426UpgradeRequired);
        }

        routes
            .MapGet("/ws/prices/{*instrument}", Prices)
            .ForTickWatchers()
            .WithTags("WebSocket")
            .WithSummary("WebSocket: the last price of one symbol at once, then at most ten updates a second.")
            .Produces(StatusCodes.Status101SwitchingProtocols)
            .Fails(
                StatusCodes.Status400BadRequest,
                StatusCodes.Status404NotFound,
                StatusCodes.Status426UpgradeRequired
            );
        routes
            .MapGet("/ws/account", Account)
            .ForUsers()
            .WithTags("WebSocket")
            .WithSummary("WebSocket: a snapshot of the account, then every change; ?after=OFFSET resumes.")
            .Produces(StatusCodes.Status101SwitchingProtocols)
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status426UpgradeRequired);
    }

    private static async Task Ticks(MarketPlace market, Markets markets, SocketEndpoint sockets, HttpContext context)
    {
        var environment = await EnvironmentAsync(market, context);
        await sockets.ServeAsync(
            context,
            (socket, cancellation) => new TickSession(socket, markets.Of(environment)).RunAsync(cancellation)
        );
    }

    private static async Task Prices(
        string? instrument,
        MarketPlace market,
        Markets markets,
        SocketEndpoint sockets,
        HttpContext context
    )
    {
        var place = await market.OfAsync(context.Features.Get<User>()?.Key, context.RequestAborted);
        if (place.FindInPath(instrument ?? "") is not { } symbol)
        {
            await ApiError.UnknownSymbol("instrument").ExecuteAsync(context);
            return;
        }

        await sockets.ServeAsync(
            context,
            (socket, cancellation) =>
                new PriceSession(socket, symbol, markets.Of(place.Environment)).RunAsync(cancellation)
        );
    }

    private static async Task Account(
        User user,
        string? after,
        AccountFloor floor,
        SocketEndpoint sockets,
        HttpContext context
    )
    {
        Offset? from = null;
        if (after is not null)
        {
            if (!long.TryParse(after, out var offset) || offset < 0)
            {
                await ApiError.Invalid("after", "after must be an offset: 0 or more.").ExecuteAsync(context);
                return;
            }

            from = new(offset);
        }

        await sockets.ServeAsync(
            context,
            (socket, cancellation) => new AccountSession(socket, user.Key, from, floor).RunAsync(cancellation)
        );
    }

    private static async ValueTask<BrokerEnvironment> EnvironmentAsync(MarketPlace market, HttpContext context) =>
        (await market.OfAsync(context.Features.Get<User>()?.Key, context.RequestAborted)).Environment;
}
