using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Trading.Actors.Shell;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Actors.Tests.Journals;

/// <summary>Akka's journal in memory, in a memory that outlives an actor system. What it does not do by itself, it does here:
/// refuse a writer that has not seen the newest event.</summary>
internal sealed class MemoryUnderTest : ForeignReader, IJournalUnderTest
{
    private readonly Memory _memory = new();

    public Config Hocon { get; } =
        ConfigurationFactory.ParseString(
            $$"""
            akka.persistence.journal {
              plugin = "akka.persistence.journal.memory"
              memory {
                class = "{{typeof(Journal).FullName}}, {{typeof(Journal).Assembly.GetName().Name}}"
                circuit-breaker { max-failures = 2147483647, call-timeout = 1d, reset-timeout = 1s }
                replay-filter.mode = off
                recovery-event-timeout = 10m
              }
            }
            """
        );

    public IReadOnlyList<Setup> Setups => [_memory];

    public IEventLog Reader => this;

    public bool HasOffsets => false;

    public PersistFailure FailureOf(Exception cause) =>
        cause is ConflictException ? PersistFailure.Lost : PersistFailure.Passing;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override Task<IReadOnlyList<(StreamName, long, EventEnvelope)>> AllAsync()
    {
        lock (_memory)
        {
            return Task.FromResult<IReadOnlyList<(StreamName, long, EventEnvelope)>>([
                .. _memory.All.Select(one =>
                    (StreamName.Parse(one.PersistenceId), one.SequenceNr, (EventEnvelope)one.Payload)
                ),
            ]);
        }
    }

    private sealed class ConflictException() : Exception("Another writer was here.");

    private sealed class Memory : Setup
    {
        public object? Storage { get; set; }

        public List<IPersistentRepresentation> All { get; } = [];
    }

    private sealed class Journal : MemoryJournal
    {
        private readonly Memory _memory = Context.System.Settings.Setup.Get<Memory>().Value;

        protected override JournalStorage Storage
        {
            get
            {
                lock (_memory)
                {
                    return (JournalStorage)(_memory.Storage ??= new JournalStorage());
                }
            }
        }

        protected override Task<IImmutableList<Exception>> WriteMessagesAsync(
            IEnumerable<AtomicWrite> messages,
            CancellationToken cancellationToken
        )
        {
            var writes = messages.ToArray();
            lock (_memory)
            {
                if (writes[0].LowestSequenceNr != HighestSequenceNr(writes[0].PersistenceId) + 1)
                {
                    return Task.FromException<IImmutableList<Exception>>(new ConflictException());
                }

                _memory.All.AddRange(writes.SelectMany(write => (IEnumerable<IPersistentRepresentation>)write.Payload));
                return base.WriteMessagesAsync(writes, cancellationToken);
            }
        }

        public override Task<long> ReadHighestSequenceNrAsync(
            string persistenceId,
            long fromSequenceNr,
            CancellationToken cancellationToken
        )
        {
            lock (_memory)
            {
                return base.ReadHighestSequenceNrAsync(persistenceId, fromSequenceNr, cancellationToken);
            }
        }

        public override Task ReplayMessagesAsync(
            IActorContext context,
            string persistenceId,
            long fromSequenceNr,
            long toSequenceNr,
            long max,
            Action<IPersistentRepresentation> recoveryCallback
        )
        {
            lock (_memory)
            {
                return base.ReplayMessagesAsync(
                    context,
                    persistenceId,
                    fromSequenceNr,
                    toSequenceNr,
                    max,
                    recoveryCallback
                );
            }
        }
    }
}
