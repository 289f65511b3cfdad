using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Persistence;
using Trading.Domain.Logs;

namespace Trading.EventStore.Tests.Akka;

/// <summary>An actor that persists one event after the other until it is told to rest.</summary>
internal sealed class Untiring : ReceivePersistentActor
{
    private readonly Tally _tally;

    public Untiring(string id, Tally tally)
    {
        (PersistenceId, _tally) = (id, tally);
        Recover<EventEnvelope>(_ => { });
        Recover<RecoveryCompleted>(_ => Self.Tell(Next.Instance));
        Command<Next>(_ =>
        {
            if (tally.Stopped)
            {
                tally.Rest();
                return;
            }

            Persist(
                Some.Event(LastSequenceNr + 1),
                stored =>
                {
                    tally.Acknowledge(id, stored.Id);
                    Self.Tell(Next.Instance);
                }
            );
        });
    }

    public override string PersistenceId { get; }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => _tally.Fail(cause);

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => _tally.Fail(cause);

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => _tally.Fail(reason);

    private sealed record Next
    {
        public static Next Instance { get; } = new();
    }
}

/// <summary>What actors were told.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, List<EventId>> _acknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Exception> _failures = new();
    private int _count;
    private int _resting;

    public int Count => Volatile.Read(ref _count);

    public IReadOnlyCollection<Exception> Failures => _failures;

    public bool Stopped { get; private set; }

    public void Acknowledge(string id, EventId e)
    {
        // Each list belongs to one actor.
        _acknowledged.GetOrAdd(id, _ => []).Add(e);
        Interlocked.Increment(ref _count);
    }

    public IReadOnlyList<EventId> Acknowledged(string id) => _acknowledged.GetValueOrDefault(id, []);

    public void Fail(Exception cause) => _failures.Enqueue(cause);

    public void Stop() => Stopped = true;

    public void Rest() => Interlocked.Increment(ref _resting);

    public bool AtRest(int actors) => Volatile.Read(ref _resting) == actors;
}

/// <summary>Real time, which counts the pauses that were begun by it.</summary>
internal sealed class CountedPauses : TimeProvider
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _count);
        return base.CreateTimer(callback, state, dueTime, period);
    }
}
