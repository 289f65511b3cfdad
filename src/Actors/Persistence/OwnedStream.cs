using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using EventId = Trading.Domain.Logs.EventId;

namespace Trading.Actors.Persistence;

/// <summary>One stream under one claim, and the state folded from it. Not thread-safe: it belongs to its actor.</summary>
internal sealed class OwnedStream<TState, TCommand>(
    StreamName stream,
    Rules<TState, TCommand> rules,
    IEventLog log,
    ISnapshotStore snapshots,
    TimeProvider time,
    ActorOptions options,
    ActorMetrics metrics,
    ILogger logger
)
{
    private const int OffsetBytes = sizeof(long);
    private Epoch _epoch;
    private StreamVersion _version;
    private StreamVersion _snapshotAt;

    /// <summary>The state with everything that is in the log.</summary>
    public TState State { get; private set; } = rules.Initial;

    /// <summary>The offset of the stream's newest event; the start when it has none.</summary>
    public Offset Last { get; private set; }

    private string Schema => $"{rules.Schema}@offset";

    /// <summary>Claims the stream and folds it: newest snapshot, then the events after it.</summary>
    /// <param name="beat">Called as it gets on: a stream can be long.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RecoverAsync(Action beat, CancellationToken cancellation)
    {
        var claim = await log.ClaimAsync(stream, cancellation);
        _epoch = claim.Epoch;
        State = rules.Initial;
        Last = Offset.Start;
        _version = StreamVersion.None;
        if (claim.Version == StreamVersion.None)
        {
            return;
        }

        // A snapshot ahead of the stream comes from another life of the database: passed over.
        if (
            await snapshots.LoadAsync(stream, Schema, cancellation) is { } snapshot
            && snapshot.Version.Value <= claim.Version.Value
            && snapshot.State.Length >= OffsetBytes
        )
        {
            Restore(snapshot);
        }

        _snapshotAt = _version;
        await CatchUpAsync(beat, cancellation);
        Log.Recovered(logger, stream, _version, _version.Value - _snapshotAt.Value);
    }

    /// <summary>Folds what the stream holds beyond what is known, and claims nothing.</summary>
    /// <param name="beat">Called as it gets on.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task CatchUpAsync(Action beat, CancellationToken cancellation)
    {
        await foreach (var page in log.ReplayAsync(stream, _version, cancellation))
        {
            foreach (var past in page)
            {
                State = rules.Evolve(State, past.Payload, past.OccurredAt);
                _version = past.Version;
                Last = past.Offset;
            }

            beat();
        }
    }

    /// <summary>Puts events on disk, together. The state is as before until <see cref="Apply"/>.</summary>
    public async Task<AppendOutcome> AppendAsync(
        ArraySegment<Happened> events,
        UserKey? user,
        Guid correlation,
        CancellationToken cancellation
    )
    {
        var began = time.GetTimestamp();
        var outcome = await log.AppendAsync(
            new()
            {
                Stream = stream,
                ExpectedVersion = _version,
                Epoch = _epoch,
                Events = Array.ConvertAll(
                    events.ToArray(),
                    happened => new EventEnvelope
                    {
                        Id = rules.IdOf(State, stream, happened.Payload) ?? EventId.New(time.GetUtcNow()),
                        Payload = happened.Payload,
                        OccurredAt = happened.At,
                        CorrelationId = correlation,
                        CausationId = correlation,
                        User = user,
                    }
                ),
            },
            cancellation
        );
        metrics.Persist.Record(time.GetElapsedTime(began).TotalMilliseconds);
        if (outcome is AppendOutcome.Appended appended)
        {
            Last = appended.Last;
            _version = appended.Version;
        }

        return outcome;
    }

    /// <summary>Folds in one event that is on disk.</summary>
    public void Apply(Happened happened) => State = rules.Evolve(State, happened.Payload, happened.At);

    /// <summary>Changes how the state is held, not what it says.</summary>
    public void Hold(TState state) => State = state;

    /// <summary>Keeps a snapshot when enough has happened since the last one.</summary>
    public async Task SnapshotAsync(bool always, CancellationToken cancellation)
    {
        var since = _version.Value - _snapshotAt.Value;
        if (since == 0 || (!always && since < options.SnapshotEvery))
        {
            return;
        }

        var state = rules.Write(State);
        _snapshotAt = _version;
        if (state.Length > options.MaxSnapshotBytes)
        {
            Log.SnapshotTooLarge(logger, stream, state.Length);
            return;
        }

        var bytes = new byte[OffsetBytes + state.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Last.Value);
        state.CopyTo(bytes, OffsetBytes);
        try
        {
            await snapshots.SaveAsync(stream, Schema, new(_version, bytes), cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // Without it the next recovery reads more of the log, and that is all.
            Log.SnapshotNotKept(logger, stream, failure);
        }
    }

    private void Restore(Snapshot snapshot)
    {
        try
        {
            State = rules.Read(snapshot.State[OffsetBytes..]);
            Last = new(BinaryPrimitives.ReadInt64LittleEndian(snapshot.State.Span));
            _version = snapshot.Version;
        }
        catch (Exception unreadable) when (unreadable is InvalidProtocolBufferException or FormatException)
        {
            // A cache that cannot be read is no cache: the log is read from the start.
            Log.SnapshotUnreadable(logger, stream, unreadable);
        }
    }
}
