using Trading.Domain.Logs;
using Trading.Projections.Rows;
using Trading.Simulation.Audit;
using Trading.Simulation.ReadSide;
using Trading.Simulation.World;

namespace Trading.Simulation.Mutants;

/// <summary>Moves the checkpoint first and writes the rows with the next commit of the same process, if there is one.</summary>
internal sealed class TwoTransactions(Auditor auditor, Trace trace, Func<DateTimeOffset> now)
    : ReadStore(auditor, trace, now)
{
    private readonly Dictionary<(string, string), IReadOnlyList<(object, IStamped)>> _late = [];

    public override bool Commit(
        string model,
        string process,
        long from,
        long to,
        IReadOnlyList<(object Key, IStamped Row)> rows
    )
    {
        if (_late.Remove((model, process), out var late))
        {
            Write(model, late);
        }

        _late[(model, process)] = rows;
        MoveCheckpoint(model, process, to);
        return true;
    }
}

/// <summary>What a projection may be told wrongly.</summary>
internal static class WrongSubscriptions
{
    private const int Every = 11;

    /// <summary>Each second batch comes after the one that follows it.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> Swapped(
        IAsyncEnumerable<IReadOnlyList<RecordedEvent>> batches
    )
    {
        IReadOnlyList<RecordedEvent>? held = null;
        await foreach (var batch in batches)
        {
            if (held is null)
            {
                held = batch;
                continue;
            }

            yield return batch;
            yield return held;
            held = null;
        }
    }

    /// <summary>Some events are passed over.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> WithHoles(
        IAsyncEnumerable<IReadOnlyList<RecordedEvent>> batches
    )
    {
        await foreach (var batch in batches)
        {
            if (batch.Where(recorded => recorded.Offset.Value % Every != 0).ToArray() is { Length: > 0 } left)
            {
                yield return left;
            }
        }
    }
}
