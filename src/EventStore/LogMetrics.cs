using System.Diagnostics.Metrics;

namespace Trading.EventStore;

/// <summary>What one log tells about itself, on the meter <c>Trading.EventStore</c>, tagged with the log's name.</summary>
internal sealed class LogMetrics(string log)
{
    private static readonly Meter Meter = new("Trading.EventStore");

    private static readonly UpDownCounter<long> QueueLength = Meter.CreateUpDownCounter<long>(
        "eventstore.append.queue",
        "{request}",
        "Requests waiting for the next commit"
    );

    private static readonly Histogram<long> BatchEvents = Meter.CreateHistogram<long>(
        "eventstore.append.batch",
        "{event}",
        "Events in one commit"
    );

    private static readonly Histogram<double> AppendSeconds = Meter.CreateHistogram<double>(
        "eventstore.append.duration",
        "s",
        "One commit, from call to acknowledgement"
    );

    private static readonly Counter<long> Outcomes = Meter.CreateCounter<long>(
        "eventstore.append.outcomes",
        "{request}",
        "Requests by outcome"
    );

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        "eventstore.append.retries",
        "{commit}",
        "Commits tried again, by reason"
    );

    private static readonly UpDownCounter<long> Subscriptions = Meter.CreateUpDownCounter<long>(
        "eventstore.subscriptions",
        "{subscription}",
        "Readers that follow the log"
    );

    private static readonly Counter<long> Fallbacks = Meter.CreateCounter<long>(
        "eventstore.subscription.table_reads",
        "{read}",
        "Times a follower had to read from the table because the newest commits in memory did not reach back far enough"
    );

    private static readonly Counter<long> ListenerFailures = Meter.CreateCounter<long>(
        "eventstore.listener.failures",
        "{failure}",
        "Losses of the connection that listens for other processes' commits"
    );

    private readonly KeyValuePair<string, object?> _log = new("log", log);

    public void Queued(int change) => QueueLength.Add(change, _log);

    public void Committed(int events, TimeSpan took)
    {
        BatchEvents.Record(events, _log);
        AppendSeconds.Record(took.TotalSeconds, _log);
    }

    public void Answered(string outcome, int count) => Outcomes.Add(count, _log, new("outcome", outcome));

    public void Retried(string reason) => Retries.Add(1, _log, new("reason", reason));

    public void Subscribed(int change) => Subscriptions.Add(change, _log);

    public void FellBack() => Fallbacks.Add(1, _log);

    public void ListenerFailed() => ListenerFailures.Add(1, _log);
}
