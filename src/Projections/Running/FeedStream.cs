using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Projections.Running;

/// <summary>The streams of the market log: <c>feed-demo</c> and <c>feed-live</c>, the one price source of each
/// environment, and beside each the ticks that were missed and asked for afterwards.</summary>
internal static class FeedStream
{
    /// <summary>The environment whose prices a stream holds.</summary>
    /// <exception cref="PoisonException">Not the stream of a feed.</exception>
    public static BrokerEnvironment EnvironmentOf(StreamName stream) =>
        stream.Value switch
        {
            "feed-demo" or "backfill-demo" => BrokerEnvironment.Demo,
            "feed-live" or "backfill-live" => BrokerEnvironment.Live,
            _ => throw new PoisonException($"{stream} is the feed of no environment."),
        };
}
