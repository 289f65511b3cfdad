using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Trading.Api.Observability;

/// <summary>Listens to the meters of this process and shows them in Prometheus' text form 0.0.4.</summary>
internal sealed class PrometheusExporter : IDisposable
{
    /// <summary>The content type of the text.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly string[] Heard =
    [
        "Trading.",
        "System.Runtime",
        "Microsoft.AspNetCore.",
        "System.Net.Http",
        "Npgsql",
    ];

    private readonly MeterListener _listener = new();

    // Two instruments may carry one name (a meter made anew, as in tests): they share a family.
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    /// <summary>Begins to listen.</summary>
    public PrometheusExporter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Heard.Any(prefix => instrument.Meter.Name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                var family = MetricFamily.Of(instrument);
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(family.Name, family));
            }
        };
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => Record((double)value, tags, family));
        _listener.Start();
    }

    /// <summary>All metrics now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder(16 * 1024);
        foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
        {
            var series = family.Series.OrderBy(one => one.Labels, StringComparer.Ordinal).ToList();
            if (series.Count == 0)
            {
                continue;
            }

            text.Append("# HELP ").Append(family.Name).Append(' ');
            text.Append(PrometheusNames.Escape(family.Help, quotes: false)).Append('\n');
            text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Type).Append('\n');
            foreach (var one in series)
            {
                Write(text, family, one);
            }
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, MetricFamily family, Series series)
    {
        switch (series)
        {
            case Series.Sum sum:
                Sample(text, family.Name, series.Labels, sum.Value);
                break;
            case Series.Last last:
                Sample(text, family.Name, series.Labels, last.Value);
                break;
            case Series.Distribution distribution:
                var (cumulative, total) = distribution.Read();
                var comma = series.Labels.Length == 0 ? "" : ",";
                for (var i = 0; i < cumulative.Length; i++)
                {
                    var bound = i < family.Bounds.Count ? Number(family.Bounds[i]) : "+Inf";
                    Sample(text, $"{family.Name}_bucket", $"{series.Labels}{comma}le=\"{bound}\"", cumulative[i]);
                }

                Sample(text, $"{family.Name}_sum", series.Labels, total);
                Sample(text, $"{family.Name}_count", series.Labels, cumulative[^1]);
                break;
        }
    }

    private static void Sample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        };

    private static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family) =>
        ((MetricFamily)family!).Record(value, tags);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
