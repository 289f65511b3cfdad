using Npgsql;
using Trading.Domain.Logs;

namespace Trading.Projections.Rebuilding;

/// <summary>Writes down how far a rebuild is, now and then, and learns whether it is to end.</summary>
internal sealed class RebuildReport(
    NpgsqlConnection owner,
    long id,
    Offset from,
    TimeSpan every,
    TimeProvider time,
    Action moved
)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long At, Offset Checkpoint)> _seen = new([(time.GetTimestamp(), from)]);
    private RebuildState _state = RebuildState.Filling;
    private long _told = time.GetTimestamp();

    /// <summary>There was progress.</summary>
    public void Moved() => moved();

    /// <summary>Writes it down if that was not done lately.</summary>
    /// <returns>False when the rebuild is to end.</returns>
    public ValueTask<bool> TellInTimeAsync(
        RebuildState state,
        Offset checkpoint,
        Offset head,
        CancellationToken cancellation
    ) =>
        state == _state && time.GetElapsedTime(_told) < every
            ? ValueTask.FromResult(true)
            : new(TellAsync(state, checkpoint, head, cancellation));

    /// <summary>Writes it down.</summary>
    /// <returns>False when the rebuild is to end.</returns>
    public Task<bool> TellAsync(RebuildState state, Offset checkpoint, Offset head, CancellationToken cancellation)
    {
        _told = time.GetTimestamp();
        return RebuildRows.ReportAsync(owner, id, state, checkpoint, head, Rate(state, checkpoint), cancellation);
    }

    private double Rate(RebuildState state, Offset checkpoint)
    {
        if (state != _state)
        {
            _state = state;
            _seen.Clear();
        }

        _seen.Enqueue((_told, checkpoint));
        while (_seen.Count > 2 && time.GetElapsedTime(_seen.Peek().At, _told) > Window)
        {
            _seen.Dequeue();
        }

        var (since, behind) = _seen.Peek();
        var elapsed = time.GetElapsedTime(since, _told).TotalSeconds;
        return elapsed > 0 ? (checkpoint.Value - behind.Value) / elapsed : 0;
    }
}
