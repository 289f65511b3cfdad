using Npgsql;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Operating;

/// <summary>A parked stream and whose it is.</summary>
/// <param name="Projection">The generation, for example <c>accounts@1</c>.</param>
/// <param name="IsLive">Readers see that generation; otherwise it is being filled, or was replaced.</param>
/// <param name="Stream">The stream.</param>
public sealed record ParkedIn(string Projection, bool IsLive, ParkedStream Stream);

/// <summary>What operators do about parked streams.</summary>
public sealed class ParkedStreams(IEventLog journal, ReadModelSources sources, TimeProvider time)
{
    /// <summary>All of them, of one read model or of all.</summary>
    public async Task<IReadOnlyList<ParkedIn>> ListAsync(string? projection, CancellationToken cancellation)
    {
        await using var connection = await sources.Operator.OpenConnectionAsync(cancellation);
        var generations = await connection.RowsAsync(
            """
            select distinct c.projection, c.state = 'live' from read.checkpoints c
            join read.parked_streams p on p.projection = c.projection where $1 in ('', c.model) order by 1
            """,
            reader => (Name: reader.GetString(0), IsLive: reader.GetBoolean(1)),
            cancellation,
            UserReads.Value(projection ?? "")
        );
        var all = new List<ParkedIn>();
        foreach (var (name, isLive) in generations)
        {
            var parked = await new CheckpointStore(connection, name).ReadParkedAsync(cancellation);
            all.AddRange(parked.Select(stream => new ParkedIn(name, isLive, stream)));
        }

        return all;
    }

    /// <summary>Asks for parked streams of a read model to be tried again: a running projection does so within a second or
    /// two, others when they start.</summary>
    /// <param name="projection">For example <c>accounts</c>.</param>
    /// <param name="stream">One stream; null for all.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many streams there are to try.</returns>
    public async Task<int> RetryAsync(string projection, StreamName? stream, CancellationToken cancellation)
    {
        await using var owner = await sources.Owner.OpenConnectionAsync(cancellation);
        return await AskRetryAsync(owner, projection, stream, cancellation);
    }

    /// <summary>Lets a read model go without the event that a stream is parked at; what follows in the stream is folded. The
    /// decision is in the journal, and every later fold keeps to it.</summary>
    /// <param name="projection">For example <c>accounts</c>.</param>
    /// <param name="stream">The parked stream.</param>
    /// <param name="reason">Why, for whoever reads the journal.</param>
    /// <param name="by">Who.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>What is left out.</returns>
    /// <exception cref="ReadModelRefusedException">The stream is not parked there, or there is no reason.</exception>
    public async Task<ParkedStream> SkipAsync(
        string projection,
        StreamName stream,
        string reason,
        string by,
        CancellationToken cancellation
    )
    {
        reason = OperatorDecision.Reason(reason);
        var parked =
            (await ListAsync(projection, cancellation))
                .Where(one => one.Stream.Stream == stream)
                .OrderByDescending(one => one.IsLive)
                .FirstOrDefault()
                ?.Stream
            ?? throw new ReadModelRefusedException($"{stream} is not parked in {projection}.");
        await OperatorDecision.RecordAsync(
            journal,
            time,
            projection,
            new ParkedEventSkipped
            {
                Projection = projection,
                Stream = stream.Value,
                EventOffset = parked.Offset.Value,
                EventVersion = parked.Version.Value,
                EventType = parked.EventType,
                Problem = parked.Reason,
                Reason = reason,
                SkippedBy = by,
            },
            cancellation
        );
        await using var owner = await sources.Owner.OpenConnectionAsync(cancellation);
        await AskRetryAsync(owner, projection, stream, cancellation);
        return parked;
    }

    private static Task<int> AskRetryAsync(
        NpgsqlConnection owner,
        string projection,
        StreamName? stream,
        CancellationToken cancellation
    ) =>
        owner.ExecuteAsync(
            """
            update read.parked_streams p set retry_asked = true from read.checkpoints c
            where c.projection = p.projection and c.model = $1 and c.state = 'live' and $2 in ('', p.stream)
            """,
            cancellation,
            UserReads.Value(projection),
            UserReads.Value(stream?.Value ?? "")
        );
}
