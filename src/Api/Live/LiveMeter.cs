using System.Diagnostics.Metrics;

namespace Trading.Api.Live;

/// <summary>What the live side counts.</summary>
internal static class LiveMeter
{
    private static readonly Meter Meter = new("Trading.Api");

    public static readonly UpDownCounter<long> Sockets = Meter.CreateUpDownCounter<long>(
        "trading.ws.connections",
        "{connection}",
        "Open WebSocket connections."
    );

    public static readonly Counter<long> SocketsRefused = Meter.CreateCounter<long>(
        "trading.ws.connections.refused",
        "{connection}",
        "WebSocket connections refused for a limit."
    );

    public static readonly Counter<long> TicksSent = Meter.CreateCounter<long>(
        "trading.ws.ticks.sent",
        "{tick}",
        "Ticks handed to client sockets."
    );

    public static readonly Counter<long> TicksMerged = Meter.CreateCounter<long>(
        "trading.ws.ticks.merged",
        "{tick}",
        "Ticks that clients were behind by when they were moved on to the newest of each symbol."
    );

    public static readonly Counter<long> SlowClosed = Meter.CreateCounter<long>(
        "trading.ws.closed.slow",
        "{connection}",
        "Connections closed because their client did not keep up with business messages, or took nothing at all."
    );

    public static readonly Counter<long> MessagesRefused = Meter.CreateCounter<long>(
        "trading.ws.messages.refused",
        "{message}",
        "Client messages answered with an error."
    );
}
