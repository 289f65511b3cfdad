using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Messages;

namespace Trading.Tools.Replay;

/// <summary>The live sockets' addresses over a replay, on this machine alone. Nobody has to prove anything: whoever may read
/// the database plays it; but a web page from elsewhere, which a browser would let in, is kept out.</summary>
internal sealed class ReplayServer : IAsyncDisposable
{
    private const string Bearer = "bearer";
    private static readonly TimeSpan PartsWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(20);

    private readonly WebApplication _app;
    private readonly Stage _stage;
    private readonly IReadOnlyList<string> _origins;
    private readonly ConcurrentDictionary<ReplaySocket, bool> _sockets = new();
    private readonly CancellationTokenSource _stop = new();

    private ReplayServer(WebApplication app, Stage stage, IReadOnlyList<string> origins)
    {
        _app = app;
        _stage = stage;
        _origins = origins;
    }

    /// <summary>Where it listens.</summary>
    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>Listens.</summary>
    /// <exception cref="ToolException">The port is taken.</exception>
    public static async Task<ReplayServer> StartAsync(
        Stage stage,
        int port,
        IReadOnlyList<string> origins,
        CancellationToken cancellation
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        app.UseWebSockets(new() { KeepAliveInterval = PingEvery });
        var server = new ReplayServer(app, stage, origins);
        foreach (var path in (ReadOnlySpan<string>)["/", "/ws"])
        {
            app.MapGet(path, (RequestDelegate)server.TicksAsync);
        }

        app.MapGet("/ws/prices/{*instrument}", (RequestDelegate)server.PricesAsync);
        app.MapGet("/ws/account", (RequestDelegate)server.AccountAsync);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException taken)
        {
            await app.DisposeAsync();
            throw new ToolException($"--listen={port}: {taken.Message}");
        }

        return server;
    }

    /// <summary>Tells all clients that it is over, and gives them a moment to part.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        // Prices go out at their own pace: the last one has to have gone.
        await Task.Delay(2 * PriceWatcher.Pace, cancellation);
        await Task.WhenAll(
            _sockets.Keys.Select(socket =>
                socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "the replay has ended")
            )
        );
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(PartsWithin);
        while (!_sockets.IsEmpty && !patience.IsCancellationRequested)
        {
            await Task.Delay(LookEvery, TimeProvider.System, cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    private Task TicksAsync(HttpContext context) =>
        ServeAsync(
            context,
            async (socket, cancellation) =>
            {
                var watcher = new TickWatcher(socket, _stage);
                await WithAsync(
                    watcher,
                    async () =>
                    {
                        while (await socket.ReceiveAsync(cancellation) is { } message)
                        {
                            await _stage.BetweenAsync(() => watcher.HearAsync(message, cancellation), cancellation);
                        }
                    },
                    cancellation
                );
            }
        );

    private async Task PricesAsync(HttpContext context)
    {
        if (context.GetRouteValue("instrument") is not string { Length: > 0 and <= SymbolNames.MaxLength } instrument)
        {
            await RefuseAsync(context, 404, "UNKNOWN_SYMBOL", "No such symbol.");
            return;
        }

        var symbol = _stage.Find(Uri.UnescapeDataString(instrument));
        await ServeAsync(
            context,
            async (socket, cancellation) =>
            {
                var watcher = new PriceWatcher(socket, symbol, TimeProvider.System);
                using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                var sending = watcher.RunAsync(leaving.Token);
                await WithAsync(
                    watcher,
                    async () =>
                    {
                        await _stage.BetweenAsync(
                            async () =>
                            {
                                if (await _stage.PriceAsync(symbol, cancellation) is { } price)
                                {
                                    await watcher.SeeAsync(price, cancellation);
                                }

                                return true;
                            },
                            cancellation
                        );
                        _stage.Begin();
                        while (await socket.ReceiveAsync(cancellation) is not null)
                        {
                            // What it says is not listened to.
                        }
                    },
                    cancellation
                );
                await leaving.CancelAsync();
                await sending.ContinueWith(
                    _ => { },
                    CancellationToken.None,
                    TaskContinuationOptions.None,
                    TaskScheduler.Default
                );
            }
        );
    }

    private async Task AccountAsync(HttpContext context)
    {
        if (_stage.User is not { } user)
        {
            await RefuseAsync(context, 404, "NO_ACCOUNT", "Nobody's account is played: start the replay with --user.");
            return;
        }

        var text = context.Request.Query["after"].ToString();
        var after = long.TryParse(text, out var offset) && offset >= 0 ? new Offset(offset) : (Offset?)null;
        if (text.Length > 0 && after is null)
        {
            await RefuseAsync(context, 400, "VALIDATION_ERROR", "after must be an offset: 0 or more.");
            return;
        }

        await ServeAsync(
            context,
            async (socket, cancellation) =>
            {
                var watcher = new AccountWatcher(socket, user);
                await _stage.BetweenAsync(() => watcher.GreetAsync(_stage, after, cancellation), cancellation);
                await LeavingAsync(
                    watcher,
                    async () =>
                    {
                        while (await socket.ReceiveAsync(cancellation) is not null)
                        {
                            var pong = new PongMessage(
                                "pong",
                                TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
                                null
                            );
                            await socket.SendAsync(
                                JsonSerializer.SerializeToUtf8Bytes(pong, MessageJson.Default.PongMessage),
                                cancellation
                            );
                        }
                    }
                );
            }
        );
    }

    private async Task WithAsync(IAudience audience, Func<Task> watch, CancellationToken cancellation)
    {
        await _stage.BetweenAsync(
            () =>
            {
                _stage.Join(audience);
                return Task.FromResult(true);
            },
            cancellation
        );
        await LeavingAsync(audience, watch);
    }

    private async Task LeavingAsync(IAudience audience, Func<Task> watch)
    {
        try
        {
            await watch();
        }
        finally
        {
            await _stage.BetweenAsync(
                () =>
                {
                    _stage.Leave(audience);
                    return Task.FromResult(true);
                },
                CancellationToken.None
            );
        }
    }

    private async Task ServeAsync(HttpContext context, Func<ReplaySocket, CancellationToken, Task> serve)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await RefuseAsync(context, 426, "UPGRADE_REQUIRED", "This endpoint speaks WebSocket.");
            return;
        }

        if (!IsWelcome(context.Request.Headers.Origin.ToString()))
        {
            await RefuseAsync(context, 403, "FORBIDDEN", "Start the replay with --origin to let this page in.");
            return;
        }

        var offered = context.WebSockets.WebSocketRequestedProtocols;
        using var socket = new ReplaySocket(
            await context.WebSockets.AcceptWebSocketAsync(offered.Contains(Bearer) ? Bearer : null)
        );
        _sockets.TryAdd(socket, true);
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, context.RequestAborted);
            await serve(socket, ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The replay is over, or the client has gone: there is nobody left to serve.
            return;
        }
        finally
        {
            _sockets.TryRemove(socket, out _);
        }
    }

    // No origin: not a browser. A page of this machine: whoever put it there could read the database as well.
    private bool IsWelcome(string origin) =>
        origin.Length == 0
        || _origins.Contains(origin, StringComparer.OrdinalIgnoreCase)
        || (Uri.TryCreate(origin, UriKind.Absolute, out var url) && url.IsLoopback);

    private static Task RefuseAsync(HttpContext context, int status, string code, string detail)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"detail":"{{detail}}","code":"{{code}}"}""", context.RequestAborted);
    }
}
