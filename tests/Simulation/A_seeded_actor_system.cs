using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using FluentAssertions;
using Trading.Simulation.Scheduling;
using Xunit;

namespace Trading.Simulation;

/// <summary>The ground everything else stands on: Akka's own persistent actors, on one thread, in an order that the seed
/// decides.</summary>
public sealed class A_seeded_actor_system
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Takes_the_same_steps_again_under_the_same_seed(int seed)
    {
        var once = Counters.Run(seed);

        Counters.Run(seed).Should().Equal(once);
        once.Count(line => line.Contains("is dead", StringComparison.Ordinal)).Should().BeGreaterThan(1);
        once.Count(line => line.Contains("counts", StringComparison.Ordinal)).Should().BeGreaterThan(200);
    }

    [Fact]
    public async Task Takes_the_same_steps_in_another_process()
    {
        var assembly = typeof(SimulateCommand).Assembly.Location;
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [assembly, "--counters=4"]) { RedirectStandardOutput = true }
        )!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        said.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Should().Equal(Counters.Run(4));
    }

    [Fact]
    public void Takes_other_steps_under_another_seed() => Counters.Run(1).Should().NotEqual(Counters.Run(2));
}

/// <summary>A small world: counters that persist each count, a process that is killed at random steps, and a journal that
/// outlives it.</summary>
internal static class Counters
{
    private const int Many = 6;
    private static readonly DateTimeOffset s_beginning = new(2025, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private static readonly Config s_config = ConfigurationFactory.ParseString(
        $$"""
        akka.persistence {
          journal.plugin = "akka.persistence.journal.strand"
          journal.strand {
            class = "{{typeof(StrandJournal).FullName}}, {{typeof(StrandJournal).Assembly.GetName().Name}}"
            plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
            replay-filter.mode = off
            circuit-breaker.call-timeout = infinite
          }
          snapshot-store.plugin = "akka.persistence.no-snapshot-store"
        }
        """
    );

    /// <summary>The trace of a seed.</summary>
    public static IReadOnlyList<string> Run(int seed)
    {
        var random = new Random(seed);
        using var trace = new World.Trace();
        var stored = new Dictionary<string, List<IPersistentRepresentation>>();
        Strand? strand = null;
        IActorRef? counters = null;
        var lives = 0;
        var stepsLeft = random.Next(300, 900);
        var scheduler = new Scheduler(random.Next(), s_beginning);
        var servers = new Strand(scheduler, "servers");
        scheduler.AfterStep = stepped =>
        {
            if (stepped == strand && --stepsLeft == 0)
            {
                trace.Say(scheduler.Now, $"{strand.Name} is dead");
                strand.Cut();
                servers.Post(_ => Start(), null);
            }

            return false;
        };
        Start();
        for (var count = 0; count < 600; count++)
        {
            var name = $"c{random.Next(Many)}";
            scheduler.After(
                TimeSpan.FromMilliseconds(random.Next(20_000)),
                servers,
                () => counters?.Tell(new Count(name))
            );
        }

        scheduler.RunUntil(s_beginning + TimeSpan.FromSeconds(30));
        trace.Say(scheduler.Now, $"{scheduler.Steps} steps");
        return [.. trace.Lines];

        void Start()
        {
            counters = null;
            stepsLeft = random.Next(300, 900);
            var born = strand = new(scheduler, $"p{++lives}");
            strand.Post(
                _ =>
                {
                    var setup = new StoreSetup(born, stored, new Random(random.Next()));
                    var system = StrandSystem.Create(born, new Random(random.Next()), s_config, setup);
                    counters = system.ActorOf(
                        Props.Create(() =>
                            new LocalRegion(
                                id => Props.Create(() => new Counter(id, text => trace.Say(scheduler.Now, text))),
                                new Names(),
                                PoisonPill.Instance
                            )
                        )
                    );
                },
                null
            );
        }
    }

    private sealed record Count(string Name);

    private sealed class Names : Akka.Cluster.Sharding.HashCodeMessageExtractor
    {
        public Names()
            : base(1) { }

        public override string EntityId(object message) => ((Count)message).Name;
    }

    private sealed class Counter : ReceivePersistentActor
    {
        private int _count;

        public Counter(string name, Action<string> say)
        {
            PersistenceId = $"counter-{name}";
            Recover<int>(count => _count = count);
            Recover<RecoveryCompleted>(_ => say($"{name} is back at {_count}"));
            Command<Count>(_ =>
                PersistAll(
                    [_count + 1, _count + 2],
                    count =>
                    {
                        _count = count;
                        say($"{name} counts {count}");
                        if (count % 30 == 0)
                        {
                            Context.Parent.Tell(new Akka.Cluster.Sharding.Passivate(PoisonPill.Instance));
                        }
                        else if (count % 20 == 0)
                        {
                            throw new InvalidOperationException("A count too many.");
                        }
                    }
                )
            );
        }

        public override string PersistenceId { get; }
    }

    private sealed class StoreSetup(
        Strand strand,
        Dictionary<string, List<IPersistentRepresentation>> stored,
        Random random
    ) : Setup
    {
        public List<IPersistentRepresentation> Of(string id) =>
            stored.TryGetValue(id, out var events) ? events : stored[id] = [];

        /// <summary>Answers after a while.</summary>
        public Task<T> After<T>(Func<T> serve)
        {
            var answer = new TaskCompletionSource<T>();
            strand.Scheduler.After(
                TimeSpan.FromMicroseconds(random.Next(100, 9_000)),
                strand,
                () => answer.SetResult(serve())
            );
            return answer.Task;
        }
    }

    /// <summary>A journal whose tasks end on the strand.</summary>
    private sealed class StrandJournal : AsyncWriteJournal
    {
        private readonly StoreSetup _store = Context.System.Settings.Setup.Get<StoreSetup>().Value;

        public override Task<long> ReadHighestSequenceNrAsync(
            string persistenceId,
            long fromSequenceNr,
            CancellationToken cancellationToken
        ) => _store.After(() => (long)_store.Of(persistenceId).Count);

        public override async Task ReplayMessagesAsync(
            IActorContext context,
            string persistenceId,
            long fromSequenceNr,
            long toSequenceNr,
            long max,
            Action<IPersistentRepresentation> recoveryCallback
        )
        {
            foreach (var past in await _store.After(() => _store.Of(persistenceId).ToArray()))
            {
                if (past.SequenceNr >= fromSequenceNr && past.SequenceNr <= toSequenceNr)
                {
                    recoveryCallback(past);
                }
            }
        }

        protected override Task<IImmutableList<Exception>> WriteMessagesAsync(
            IEnumerable<AtomicWrite> messages,
            CancellationToken cancellationToken
        )
        {
            var written = messages
                .SelectMany(write => (IImmutableList<IPersistentRepresentation>)write.Payload)
                .ToArray();
            return _store.After(() =>
            {
                _store.Of(written[0].PersistenceId).AddRange(written);
                return (IImmutableList<Exception>)null!;
            });
        }

        protected override Task DeleteMessagesToAsync(
            string persistenceId,
            long toSequenceNr,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();
    }
}
