using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.EventStore.Akka;

/// <summary>The journal as Akka.Persistence sees it: persistence id = stream name, sequence number = stream version. What the
/// log does not do is left to it: this is a translation, with the patience to carry every actor over an absence of the
/// database. A write fails with <see cref="StreamConflictException"/>, <see cref="RepeatedEventException"/> or
/// <see cref="NotAnEventException"/>; it is never rejected, because after a rejection Akka sends the actor's next events, and
/// a stale writer's would be stored. Nothing can be deleted.</summary>
public sealed class TradingJournal : AsyncWriteJournal
{
    private readonly IEventLog _log;
    private readonly WritesInFlight _writes = new();
    private readonly ReplayStarts _starts = new();
    private readonly Outage _outage;

    /// <param name="config">The plugin's section.</param>
    /// <exception cref="ConfigurationException">The actor system was made without a <see cref="JournalSetup"/>.</exception>
    public TradingJournal(Config config)
    {
        var setup = Context.System.Settings.Setup.Get<JournalSetup>();
        if (!setup.HasValue)
        {
            throw new ConfigurationException(
                $"The actor system has no {nameof(JournalSetup)}: its journal has no log."
            );
        }

        _log = setup.Value.Log;
        _outage = new(setup.Value.Time, config.GetTimeSpan("give-up-after"), Context.GetLogger());
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _outage.Dispose();
        base.PostStop();
    }

    /// <inheritdoc/>
    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(
        IEnumerable<AtomicWrite> messages,
        // An append on its way cannot be recalled.
        CancellationToken cancellationToken
    )
    {
        if (PersistedBatch.RequestOf(messages) is not { } request)
        {
            return Written;
        }

        var write = WriteAsync(request);
        _writes.Add(request.Stream.Value, write);
        return write;
    }

    /// <inheritdoc/>
    public override async Task<long> ReadHighestSequenceNrAsync(
        string persistenceId,
        long fromSequenceNr,
        CancellationToken cancellationToken
    )
    {
        await _writes.SettledAsync(persistenceId);
        var stream = StreamName.Parse(persistenceId);
        var after = new StreamVersion(fromSequenceNr);
        var start = await _outage.TryAsync(stopping => _log.StartReplayAsync(stream, after, stopping));
        _starts.Keep(persistenceId, after, start);
        return start.Last.Value;
    }

    /// <inheritdoc/>
    public override async Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback
    )
    {
        var stream = StreamName.Parse(persistenceId);
        var last = Math.Min(
            toSequenceNr,
            max > long.MaxValue - fromSequenceNr ? long.MaxValue : fromSequenceNr + max - 1
        );
        var given = Math.Max(0, fromSequenceNr - 1);
        if (_starts.Take(persistenceId, new(given)) is { } start)
        {
            Give(start.First);
            if (given >= start.Last.Value)
            {
                return;
            }
        }

        if (given < last)
        {
            // After a break it goes on behind what the actor was given already.
            await _outage.TryAsync(async stopping =>
            {
                await foreach (var page in _log.ReplayAsync(stream, new(given), stopping))
                {
                    Give(page);
                    if (given >= last)
                    {
                        break;
                    }
                }

                return given;
            });
        }

        void Give(IReadOnlyList<PastEvent> page)
        {
            foreach (var past in page)
            {
                if (past.Version.Value > last)
                {
                    return;
                }

                recoveryCallback(PersistedBatch.Replayed(persistenceId, past));
                given = past.Version.Value;
            }
        }
    }

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(
        string persistenceId,
        long toSequenceNr,
        CancellationToken cancellationToken
    ) => Task.FromException(new NotSupportedException("The journal is append-only: nothing in it is ever deleted."));

    /// <inheritdoc/>
    public override async Task<PersistenceHealthCheckResult> CheckHealthAsync(
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            await _log.HeadAsync(cancellationToken);
            return new(PersistenceHealthStatus.Healthy);
        }
        catch (Exception away) when (away is LogUnavailableException or OperationCanceledException)
        {
            return new(PersistenceHealthStatus.Degraded, "The database does not answer; writes wait for it.", away);
        }
    }

    private async Task<IImmutableList<Exception>> WriteAsync(AppendRequest request)
    {
        var tries = 0;
        var outcome = await _outage.TryAsync(_ =>
        {
            tries++;
            return _log.AppendAsync(request, CancellationToken.None);
        });
        switch (outcome)
        {
            case AppendOutcome.Appended appended:
                Record(request, appended.Last);
                break;
            case AppendOutcome.Duplicate when tries > 1 && await FindOwnAsync(request) is { } last:
                Record(request, last);
                break;
            case AppendOutcome.Duplicate duplicate:
                throw new RepeatedEventException(request.Stream, duplicate.At);
            case AppendOutcome.Conflict conflict:
                throw new StreamConflictException(request.Stream, conflict.Expected, conflict.Actual);
            default:
                throw new InvalidOperationException($"The log answered {outcome}.");
        }

        return (await Written)!;
    }

    // An earlier try whose outcome nobody learned may have been the one that wrote.
    private ValueTask<Offset?> FindOwnAsync(AppendRequest request) =>
        _outage.TryAsync(async stopping =>
        {
            Offset? last = null;
            var found = 0;
            await foreach (var e in _log.ReadStreamAsync(request.Stream, request.ExpectedVersion!.Value, stopping))
            {
                if (e.Id != request.Events[found].Id)
                {
                    return null;
                }

                last = e.Offset;
                if (++found == request.Events.Count)
                {
                    return last;
                }
            }

            return null;
        });

    private static void Record(AppendRequest request, Offset last)
    {
        var first = last.Value - request.Events.Count + 1;
        for (var i = 0; i < request.Events.Count; i++)
        {
            request.Events[i].Recorded(new(first + i));
        }
    }

    // Akka's word for: everything is written, nothing is rejected.
    private static Task<IImmutableList<Exception>> Written { get; } = Task.FromResult<IImmutableList<Exception>>(null!);
}
