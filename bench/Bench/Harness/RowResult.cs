namespace Trading.Bench.Harness;

/// <summary>One measured number, with the spread of single waits where there are any.</summary>
/// <param name="Name">What was measured, in a few words.</param>
/// <param name="Value">In <paramref name="Unit"/>.</param>
/// <param name="Unit">For example <c>events/s</c>.</param>
/// <param name="Waits">How long single operations took.</param>
internal sealed record Figure(string Name, double Value, string Unit, Percentiles? Waits = null);

/// <summary>What was aimed at, and whether this run got there.</summary>
internal sealed record Mark(string Text, bool Reached)
{
    public static Mark AtLeast(double value, double mark, string unit) =>
        new($"≥ {Numbers.Short(mark)} {unit}", value >= mark);

    public static Mark AtMost(double value, double mark, string unit) =>
        new($"≤ {Numbers.Short(mark)} {unit}", value <= mark);
}

/// <summary>Everything one row says.</summary>
internal sealed record RowResult
{
    /// <summary>Our own figures; the first one is compared with the limits and peers.</summary>
    public required IReadOnlyList<Figure> Ours { get; init; }

    /// <summary>What the machine, the database or the runtime alone can do, measured in the same run.</summary>
    public IReadOnlyList<Figure> Limits { get; init; } = [];

    /// <summary>What others reach at the same, measured in the same run.</summary>
    public IReadOnlyList<Figure> Peers { get; init; } = [];

    public IReadOnlyList<Mark> Marks { get; init; } = [];

    /// <summary>How it was measured, so that the figures can be judged.</summary>
    public required string How { get; init; }
}

/// <summary>One row of the table.</summary>
internal interface IRow
{
    /// <summary>Chooses the row on the command line.</summary>
    string Key { get; }

    /// <summary>What is measured.</summary>
    string What { get; }

    Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation);
}
