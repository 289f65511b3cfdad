using Trading.Domain.Logs;

namespace Trading.Projections.Rebuilding;

/// <summary>A row that is not what a fold of the log makes it.</summary>
/// <param name="Key">Its primary key, column by column.</param>
/// <param name="Kind">How it differs.</param>
/// <param name="Columns">The columns that differ; empty for a row that is missing or should not be there.</param>
public sealed record RowDifference(IReadOnlyList<string> Key, RowDifferenceKind Kind, IReadOnlyList<string> Columns)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{string.Join('/', Key)}: {Kind.ToString().ToLowerInvariant()}"
        + (Columns.Count == 0 ? "" : $" in {string.Join(", ", Columns)}");
}

/// <summary>How a row differs from the fold's.</summary>
public enum RowDifferenceKind
{
    /// <summary>The fold has it, the table does not.</summary>
    Missing,

    /// <summary>The table has it, the fold does not.</summary>
    Unexpected,

    /// <summary>Both have it, with other values.</summary>
    Different,
}

/// <summary>A table held against a fresh fold at the same offset.</summary>
/// <param name="Generation">The table, for example <c>accounts@1</c>.</param>
/// <param name="Offset">The offset of both.</param>
/// <param name="Rows">How many rows the fold has.</param>
/// <param name="Differences">How many rows differ.</param>
/// <param name="First">The first of them, at most 20.</param>
public sealed record Comparison(
    string Generation,
    Offset Offset,
    long Rows,
    long Differences,
    IReadOnlyList<RowDifference> First
);
