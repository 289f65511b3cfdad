using Trading.Domain.Liveness;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>The patience of a connection. The defaults are what the design promises; tests use shorter ones.</summary>
internal sealed record LinkTimings
{
    /// <summary>Time for name, TCP and TLS together.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for an answer, from the moment the request is written.</summary>
    public TimeSpan Request { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for renewed tokens: who gives up too soon loses them, and with them the user's consent.</summary>
    public TimeSpan Renewal { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Silence of our own after which a heartbeat is sent; the server closes after about 30 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence of the server after which it is asked for something. By itself it may rightly be silent for 30 s.
    /// </summary>
    public TimeSpan Probe { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Waiting in vain for so long, for an answer to a request or to a probe, shows as stuck.</summary>
    public TimeSpan Stuck { get; init; } = Pulse.Patience;

    /// <summary>Silence of the server after which the link counts as dead: with what it takes to look and to record it, a
    /// dead feed is an event within 15 s.</summary>
    public TimeSpan Dead { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Silence of all subscribed prices after which a quote is asked for.</summary>
    public TimeSpan QuietPrices { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Time for that quote; without it prices count as dead.</summary>
    public TimeSpan QuoteAnswer { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Shortest wait between two tries.</summary>
    public TimeSpan ShortestPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between two tries, unless the broker names a later moment itself.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often all this is looked at.</summary>
    public TimeSpan Watch { get; init; } = TimeSpan.FromSeconds(1);
}
