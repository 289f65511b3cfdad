using System.Globalization;

namespace Trading.Bench.Harness;

/// <summary>What was asked for on the command line.</summary>
internal sealed record BenchOptions
{
    public IReadOnlyList<string> Only { get; private init; } = [];

    public double Seconds { get; private init; } = 4;

    public string Out { get; private init; } = Path.Combine("bench", "results");

    public bool List { get; private init; }

    /// <exception cref="FormatException">An option is unknown or its value is unusable.</exception>
    public static BenchOptions Parse(IEnumerable<string> args)
    {
        var options = new BenchOptions();
        foreach (var arg in args)
        {
            var (name, value) = arg.Split('=', 2) is [var n, var v] ? (n, v) : (arg, "");
            options = name switch
            {
                "--only" => options with { Only = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--seconds"
                    when double.TryParse(value, CultureInfo.InvariantCulture, out var s) && s is > 0 and <= 600 =>
                    options with
                    {
                        Seconds = s,
                    },
                "--out" when value.Length > 0 => options with { Out = value },
                "--list" => options with { List = true },
                _ => throw new FormatException($"'{arg}' is not an option, or its value is unusable."),
            };
        }

        return options;
    }

    public IReadOnlyList<IRow> Choose(IReadOnlyList<IRow> all)
    {
        var unknown = Only.Where(key => all.All(row => row.Key != key)).ToArray();
        return unknown.Length > 0
            ? throw new FormatException($"No row is called {string.Join(", ", unknown)}; --list names them.")
            : [.. all.Where(row => Only.Count == 0 || Only.Contains(row.Key))];
    }
}
