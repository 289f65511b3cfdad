using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Akka.Persistence;
using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore.Akka;
using Trading.EventStore.InMemory;
using Trading.Simulation.Mutants;
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

    private static readonly Config s_config = ConfigurationFactory
        .ParseString(
            """
            akka.persistence.journal.trading.circuit-breaker.call-timeout = infinite
            akka.persistence.snapshot-store.plugin = "akka.persistence.no-snapshot-store"
            """
        )
        .WithFallback(JournalSetup.Hocon);

    /// <summary>The trace of a seed.</summary>
    public static IReadOnlyList<string> Run(int seed)
    {
        var random = new Random(seed);
        using var trace = new World.Trace();
        Strand? strand = null;
        IActorRef? counters = null;
        var lives = 0;
        var stepsLeft = random.Next(300, 900);
        var scheduler = new Scheduler(random.Next(), s_beginning);
        var servers = new Strand(scheduler, "servers");
        var log = new InMemoryEventLog(servers.Time);
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
                    var system = StrandSystem.Create(
                        born,
                        new Random(random.Next()),
                        s_config,
                        new JournalSetup(Slow(log, born, new Random(random.Next())), born.Time)
                    );
                    counters = system.ActorOf(
                        Props.Create(() =>
                            new LocalRegion(
                                id =>
                                    Props.Create(() =>
                                        new Counter(id, text => trace.Say(scheduler.Now, text), born.Time)
                                    ),
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

    private static WrongJournal Slow(IEventLog log, Strand strand, Random random) =>
        new(log)
        {
            Append = async (inner, request, cancellation) =>
            {
                await Task.Delay(TimeSpan.FromMicroseconds(random.Next(100, 9_000)), strand.Time, cancellation);
                return await inner.AppendAsync(request, cancellation);
            },
        };

    private sealed record Count(string Name);

    private sealed class Names : HashCodeMessageExtractor
    {
        public Names()
            : base(1) { }

        public override string EntityId(object message) => ((Count)message).Name;
    }

    private sealed class Counter : ReceivePersistentActor
    {
        private long _count;

        public Counter(string name, Action<string> say, TimeProvider time)
        {
            PersistenceId = $"counter-{name}";
            Recover<EventEnvelope>(past => _count = CountOf(past));
            Recover<RecoveryCompleted>(_ => say($"{name} is back at {_count}"));
            Command<Count>(_ =>
                PersistAll(
                    new[] { _count + 1, _count + 2 }.Select(count =>
                        EventEnvelope.Of(new BalanceChanged { BalanceVersion = count }, time.GetUtcNow())
                    ),
                    recorded =>
                    {
                        _count = CountOf(recorded);
                        say($"{name} counts {_count}");
                        if (_count % 30 == 0)
                        {
                            Context.Parent.Tell(new Passivate(PoisonPill.Instance));
                        }
                        else if (_count % 20 == 0)
                        {
                            throw new InvalidOperationException("A count too many.");
                        }
                    }
                )
            );
        }

        private static long CountOf(EventEnvelope envelope) => ((BalanceChanged)envelope.Payload).BalanceVersion;

        public override string PersistenceId { get; }
    }
}
