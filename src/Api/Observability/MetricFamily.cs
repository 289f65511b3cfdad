using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace Trading.Api.Observability;

/// <summary>One instrument as a Prometheus metric family. Bounded: past <see cref="MaxSeries"/> label sets the rest shares
/// one overflow series.</summary>
internal sealed class MetricFamily
{
    private const int MaxSeries = 2_000;
    private const string Overflow = "otel_metric_overflow=\"true\"";
    private static readonly double[] DefaultBounds =
    [
        0.005,
        0.01,
        0.025,
        0.05,
        0.075,
        0.1,
        0.25,
        0.5,
        0.75,
        1,
        2.5,
        5,
        7.5,
        10,
    ];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);

    // Writing labels costs more than measuring does: tags that come again, as nearly all do, find their series unwritten.
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], Series> _byTags = new(
        TagsAsTheyCome.Equality
    );
    private readonly Func<string, Series> _make;
    private readonly Series _plain;

    private MetricFamily(string name, string type, string help, Func<string, Series> make)
    {
        Name = name;
        Type = type;
        Help = help;
        _make = make;
        _plain = make("");
    }

    /// <summary>The metric's name for Prometheus.</summary>
    public string Name { get; }

    /// <summary>counter, gauge or histogram.</summary>
    public string Type { get; }

    /// <summary>For people.</summary>
    public string Help { get; }

    /// <summary>Upper bounds of the buckets; empty unless a histogram.</summary>
    public IReadOnlyList<double> Bounds { get; private init; } = [];

    /// <summary>The series measured so far.</summary>
    public IEnumerable<Series> Series => _plainUsed ? _series.Values.Prepend(_plain) : _series.Values;

    private volatile bool _plainUsed;

    /// <summary>The family of an instrument.</summary>
    public static MetricFamily Of(Instrument instrument)
    {
        var kind = instrument.GetType().GetGenericTypeDefinition();
        var help = string.IsNullOrEmpty(instrument.Description) ? instrument.Name : instrument.Description;
        if (kind == typeof(Histogram<>))
        {
            var bounds = BoundsOf(instrument);
            return new(
                PrometheusNames.Metric(instrument, isCounter: false),
                "histogram",
                help,
                labels => new Series.Distribution(labels, bounds)
            )
            {
                Bounds = bounds,
            };
        }

        // The runtime offers these two as counters although they fall.
        var isCounter =
            (kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>))
            && instrument.Name is not ("dotnet.thread_pool.thread.count" or "dotnet.thread_pool.queue.length");
        var absolute = instrument.IsObservable || kind == typeof(Gauge<>);
        return new(
            PrometheusNames.Metric(instrument, isCounter),
            isCounter ? "counter" : "gauge",
            help,
            labels => absolute ? new Series.Last(labels) : new Series.Sum(labels)
        );
    }

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            _plainUsed = true;
            _plain.Record(value);
            return;
        }

        if (
            !_byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>().TryGetValue(tags, out var series)
        )
        {
            series = Find(tags);
        }

        series.Record(value);
    }

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelsOf(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            series = _series.GetOrAdd(_series.Count < MaxSeries ? labels : Overflow, _make);
        }

        if (_byTags.Count < MaxSeries)
        {
            _byTags.TryAdd(tags.ToArray(), series);
        }

        return series;
    }

    private static IReadOnlyList<double> BoundsOf(Instrument instrument) =>
        instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => [.. bounds],
            Histogram<long> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } =>
            [
                .. bounds.Select(bound => (double)bound),
            ],
            Histogram<int> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } =>
            [
                .. bounds.Select(bound => (double)bound),
            ],
            { Unit: "ms" } => [.. DefaultBounds.Select(bound => bound * 1_000)],
            { Unit: "s" } => DefaultBounds,
            _ => [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
        };

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Callers differ in the order of their tags; a label set is the same in any order.
        var sorted = tags.ToArray();
        Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        var text = new StringBuilder();
        foreach (var (key, value) in sorted)
        {
            if (text.Length > 0)
            {
                text.Append(',');
            }

            text.Append(PrometheusNames.Label(key)).Append("=\"");
            text.Append(PrometheusNames.Escape(ValueOf(key, value), quotes: true)).Append('"');
        }

        return text.ToString();
    }

    // Npgsql names a pool by its whole connection string; its application's name says as much and gives nothing away.
    private static string ValueOf(string key, object? value)
    {
        var text = Convert.ToString(value) ?? "";
        if (key != "db.client.connection.pool.name")
        {
            return text;
        }

        const string Marker = "Application Name=";
        var start = text.IndexOf(Marker, StringComparison.Ordinal);
        return start < 0 ? "other" : text[(start + Marker.Length)..].Split(';')[0];
    }
}
