using System.Diagnostics.Metrics;
using System.Text;

namespace Trading.Api.Observability;

/// <summary>Turns OpenTelemetry names and units into Prometheus ones.</summary>
internal static class PrometheusNames
{
    /// <summary>A metric's name: illegal characters become _, the unit and (for counters) total are appended unless there.
    /// </summary>
    public static string Metric(Instrument instrument, bool isCounter)
    {
        var name = Clean(instrument.Name);
        var unit = UnitOf(instrument.Unit, isCounter);
        if (unit.Length > 0 && !name.EndsWith("_" + unit, StringComparison.Ordinal))
        {
            name += "_" + unit;
        }

        return isCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>A label's name.</summary>
    public static string Label(string name) => Clean(name);

    /// <summary>Text for HELP lines and, with quotes, label values.</summary>
    public static string Escape(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\").Replace("\n", "\\n");
        return quotes ? text.Replace("\"", "\\\"") : text;
    }

    private static string UnitOf(string? unit, bool isCounter)
    {
        switch (unit)
        {
            case null or "":
            case ['{', ..]:
                return "";
            case "s":
                return "seconds";
            case "ms":
                return "milliseconds";
            case "By":
                return "bytes";
            case "%":
                return "percent";
            case "1":
                return isCounter ? "" : "ratio";
            default:
                return Clean(unit.Replace("/", "_per_").Replace("{", "").Replace("}", ""));
        }
    }

    private static string Clean(string name)
    {
        var text = new StringBuilder(name.Length + 1);
        if (name.Length > 0 && char.IsAsciiDigit(name[0]))
        {
            text.Append('_');
        }

        foreach (var letter in name)
        {
            if (char.IsAsciiLetterOrDigit(letter))
            {
                text.Append(letter);
            }
            else if (text.Length == 0 || text[^1] != '_')
            {
                text.Append('_');
            }
        }

        return text.ToString();
    }
}
