using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.Projections.Messages;
using Trading.Tools.Progress;
using Trading.Tools.State;

namespace Trading.Tools.Diff;

/// <summary>Any aggregate between two moments, by the fold that the verb <c>state</c> shows.</summary>
internal sealed class StreamDiff(PostgresLogs logs, StreamName stream, AsOf from, AsOf to, IProgress<long> progress)
    : IDifference
{
    private DiffTotal? _total;

    /// <summary>Finds the two ends.</summary>
    public static async Task<StreamDiff> FindAsync(
        PostgresLogs logs,
        StreamName stream,
        AsOf from,
        AsOf to,
        ProgressLine line,
        CancellationToken cancellation
    )
    {
        var total = await StreamLength.ForAsync(line, logs, stream, to.Offset, cancellation);
        return new(logs, stream, from, to, line.Of(total));
    }

    /// <inheritdoc/>
    public DiffTotal Total => _total ?? throw new InvalidOperationException("The steps are not through.");

    /// <inheritdoc/>
    /// <exception cref="ToolException">The stream has no event up to the second moment.</exception>
    public async IAsyncEnumerable<DiffStep> StepsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var begin = await StreamState.FindAsync(logs.Journal, stream, from, progress, cancellation);
        var (fold, version) = (begin?.Fold ?? StreamFolds.Of(stream), begin?.Newest.Version ?? StreamVersion.None);
        var first = begin is null ? null : (System.Text.Json.JsonElement?)JsonChanges.FiguresOf(fold);
        var newest = first;
        await foreach (var recorded in logs.Journal.ReadStreamAsync(stream, version, cancellation))
        {
            if (recorded.Offset.Value > to.Offset)
            {
                break;
            }

            fold.Take(new(recorded.Offset, recorded.Version, recorded.OccurredAt, recorded.Decode()));
            progress.Report(recorded.Version.Value);
            var figures = JsonChanges.FiguresOf(fold);
            yield return new(recorded, JsonChanges.Between(newest, figures));
            newest = figures;
        }

        _total = newest is { } last
            ? new(from, to, JsonChanges.Between(first, last), Equity: null)
            : throw StreamState.None(stream, to);
    }
}
