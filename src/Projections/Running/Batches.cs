using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain.Logs;

namespace Trading.Projections.Running;

/// <summary>Applies batches, one transaction each. A batch that cannot be folded or that the database refuses is halved
/// until the one poisonous item stands alone; its stream is set aside, and the others go on.</summary>
internal sealed class Batches<TItem>(
    Projection<TItem> projection,
    Feed<TItem> feed,
    NpgsqlConnection connection,
    CheckpointStore store,
    Progress progress,
    ProjectionMetrics metrics,
    ILogger logger
)
{
    private const int RetryPart = 5_000;
    private readonly string _name = projection.Target.Projection;

    /// <summary>Offsets of events that an operator has let this model go without.</summary>
    public IReadOnlySet<Offset> Skipped { get; set; } = new HashSet<Offset>();

    /// <summary>Applies a batch that follows the checkpoint, and gives back how many of its events wait in parked streams.
    /// </summary>
    public async Task<long> ApplyAsync(Offset checkpoint, IReadOnlyList<TItem> batch, CancellationToken cancellation)
    {
        var to = feed.LastOf(batch[^1]);
        var parked = progress.Parked;
        var healthy =
            parked.Count == 0 && Skipped.Count == 0
                ? batch
                : [.. batch.Where(item => !parked.ContainsKey(feed.StreamOf(item)) && !IsSkipped(item))];
        try
        {
            await CommitAsync(checkpoint, to, healthy, [], cancellation);
        }
        catch (Exception exception) when (ReasonToPark(exception) is { } reason)
        {
            if (batch.Count > 1)
            {
                var half = batch.Count / 2;
                var front = batch.Take(half).ToArray();
                return await ApplyAsync(checkpoint, front, cancellation)
                    + await ApplyAsync(feed.LastOf(front[^1]), batch.Skip(half).ToArray(), cancellation);
            }

            await ParkAsync(checkpoint, to, feed.Park(batch[0], reason), cancellation);
            return feed.CountOf(batch[0]);
        }

        progress.Reach(to);
        return ReferenceEquals(healthy, batch) ? 0 : batch.Sum(feed.CountOf) - healthy.Sum(feed.CountOf);
    }

    /// <summary>Tries the parked streams again, each up to the checkpoint.</summary>
    public async Task RetryParkedAsync(Offset checkpoint, CancellationToken cancellation)
    {
        foreach (var parked in progress.Parked.Values)
        {
            await RetryAsync(checkpoint, parked, cancellation);
        }
    }

    private bool IsSkipped(TItem item) => Skipped.Count > 0 && Skipped.Contains(feed.FirstOf(item));

    // A long tail is taken in parts; after each, the note says where the rest begins.
    private async Task RetryAsync(Offset checkpoint, ParkedStream parked, CancellationToken cancellation)
    {
        var part = new List<TItem>();
        try
        {
            await foreach (var item in feed.ReadAgainAsync(parked, cancellation))
            {
                if (feed.LastOf(item) > checkpoint)
                {
                    break;
                }

                if (part.Count == RetryPart)
                {
                    parked = feed.Park(item, parked.Reason);
                    await CommitAsync(checkpoint, checkpoint, part, store.Park(parked), cancellation);
                    part.Clear();
                }

                if (!IsSkipped(item))
                {
                    part.Add(item);
                }
            }

            await CommitAsync(checkpoint, checkpoint, part, [store.Unpark(parked.Stream)], cancellation);
            progress.Unpark(parked.Stream);
            Log.Unparked(logger, _name, parked.Stream.Value);
        }
        catch (Exception exception) when (ReasonToPark(exception) is { } reason)
        {
            await ParkAgainAsync(checkpoint, parked with { Reason = reason }, part, cancellation);
        }
    }

    // Still not readable: the stream stays aside, from the first event that is not. What stands before it is folded.
    private async Task ParkAgainAsync(
        Offset checkpoint,
        ParkedStream parked,
        IReadOnlyList<TItem> part,
        CancellationToken cancellation
    )
    {
        foreach (var item in part)
        {
            try
            {
                await CommitAsync(checkpoint, checkpoint, [item], [], cancellation);
            }
            catch (Exception exception) when (ReasonToPark(exception) is { } reason)
            {
                parked = feed.Park(item, reason);
                break;
            }
        }

        await ParkAsync(checkpoint, checkpoint, parked, cancellation);
    }

    private async Task CommitAsync(
        Offset from,
        Offset to,
        IReadOnlyList<TItem> items,
        IReadOnlyList<NpgsqlBatchCommand> also,
        CancellationToken cancellation
    )
    {
        try
        {
            var writes = await projection.FoldAsync(connection, items, cancellation);
            await store.CommitAsync(from, to, [.. writes, .. also], cancellation);
            projection.Committed();
        }
        catch
        {
            projection.Forget();
            throw;
        }
    }

    private async Task ParkAsync(Offset from, Offset to, ParkedStream parked, CancellationToken cancellation)
    {
        await store.CommitAsync(from, to, store.Park(parked), cancellation);
        progress.Park(parked);
        progress.Reach(to);
        metrics.Parked(_name);
        Log.Parked(logger, _name, parked.Stream.Value, parked.Offset.Value, parked.EventId?.Value, parked.Reason);
    }

    // Classes 22 and 23 of PostgreSQL: the data itself is refused, now and for ever.
    private static string? ReasonToPark(Exception exception) =>
        exception switch
        {
            PoisonException poison => poison.Message,
            PostgresException { SqlState: ['2', '2' or '3', ..] } refused =>
                $"{refused.SqlState}: {refused.MessageText}",
            _ => null,
        };
}
