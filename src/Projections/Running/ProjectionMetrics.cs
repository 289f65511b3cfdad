using System.Diagnostics.Metrics;

namespace Trading.Projections.Running;

/// <summary>The numbers of all projections of this process, under the meter <c>Trading.Projections</c>.</summary>
internal sealed class ProjectionMetrics : IDisposable
{
    private readonly Meter _meter = new("Trading.Projections");
    private readonly Counter<long> _events;
    private readonly Counter<long> _skipped;
    private readonly Counter<long> _parkings;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _batch;
    private readonly Counter<long> _rebuilt;
    private readonly Counter<double> _yielded;
    private readonly Counter<long> _rebuildFailures;

    public ProjectionMetrics(Func<IEnumerable<ProjectionHealth>> health)
    {
        _events = _meter.CreateCounter<long>("projection.events", description: "Events folded");
        _skipped = _meter.CreateCounter<long>("projection.skipped", description: "Events waiting in parked streams");
        _parkings = _meter.CreateCounter<long>("projection.parkings", description: "Streams set aside: an alarm");
        _failures = _meter.CreateCounter<long>("projection.failures", description: "Runs that ended in an error");
        _rebuilt = _meter.CreateCounter<long>(
            "projection.rebuild.events",
            description: "Events folded into new tables"
        );
        _yielded = _meter.CreateCounter<double>("projection.rebuild.yielded", "s", "Time left to live traffic");
        _rebuildFailures = _meter.CreateCounter<long>(
            "projection.rebuild.failures",
            description: "Rebuilds that failed"
        );
        _batch = _meter.CreateHistogram<double>("projection.batch", "ms", "From the first event taken to the commit");
        _meter.CreateObservableGauge("projection.gap", () => Each(health, one => one.Gap), "{event}", "Events behind");
        _meter.CreateObservableGauge(
            "projection.lag",
            () => Each(health, one => one.Lag.TotalSeconds),
            "s",
            "Time behind"
        );
        _meter.CreateObservableGauge(
            "projection.parked",
            () => Each(health, one => one.Parked.Count),
            "{stream}",
            "Streams set aside"
        );
        _meter.CreateObservableGauge(
            "projection.state",
            () => Each(health, one => (int)one.State),
            description: "0 stopped, 1 standby, 2 rebuilding, 3 catching up, 4 live, 5 parked, 6 stuck"
        );
    }

    public void Folded(string projection, long events, long skipped, TimeSpan took)
    {
        _events.Add(events, Tag(projection));
        _batch.Record(took.TotalMilliseconds, Tag(projection));
        if (skipped > 0)
        {
            _skipped.Add(skipped, Tag(projection));
        }
    }

    public void Parked(string projection) => _parkings.Add(1, Tag(projection));

    public void Failed(string projection) => _failures.Add(1, Tag(projection));

    public void Rebuilt(string model, long events) => _rebuilt.Add(events, Tag(model));

    public void Yielded(TimeSpan time) => _yielded.Add(time.TotalSeconds);

    public void RebuildFailed(string model) => _rebuildFailures.Add(1, Tag(model));

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string projection) => new("projection", projection);

    private static IEnumerable<Measurement<T>> Each<T>(
        Func<IEnumerable<ProjectionHealth>> health,
        Func<ProjectionHealth, T> value
    )
        where T : struct => health().Select(one => new Measurement<T>(value(one), Tag(one.Projection))).ToArray();
}
