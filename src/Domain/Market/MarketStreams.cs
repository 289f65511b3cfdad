using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Domain.Market;

/// <summary>The streams of the market log. What came live and what was asked for afterwards stand apart: a back-filled tick
/// has its own time, is later in the log than newer ones, and is never the last price.</summary>
public static class MarketStreams
{
    private const string Live = "feed";
    private const string Late = "backfill";

    /// <summary>The ticks of an environment as they came.</summary>
    public static StreamName FeedOf(BrokerEnvironment environment) => StreamName.Of(Live, IdOf(environment));

    /// <summary>The ticks of an environment that were missed and asked for afterwards.</summary>
    public static StreamName BackfillOf(BrokerEnvironment environment) => StreamName.Of(Late, IdOf(environment));

    /// <summary>Holds back-filled ticks.</summary>
    public static bool IsBackfill(StreamName stream) => stream.Category == Late;

    private static string IdOf(BrokerEnvironment environment) =>
        environment == BrokerEnvironment.Live ? "live" : "demo";
}
