using System.Reflection;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Util;

namespace Trading.Simulation.Scheduling;

/// <summary>Tells the dispatchers of an actor system on which strand they run.</summary>
internal sealed class StrandSetup(Strand strand) : Setup
{
    /// <summary>The process.</summary>
    public Strand Strand => strand;

    /// <summary>The setup of a system.</summary>
    public static StrandSetup Of(Settings settings) => settings.Setup.Get<StrandSetup>().Value;
}

/// <summary>Makes actor systems of which every step is one of a strand's.</summary>
internal static class StrandSystem
{
    private static readonly Config s_config = ConfigurationFactory.ParseString(
        $$"""
        akka {
          loggers = []
          stdout-loglevel = OFF
          loglevel = WARNING
          log-dead-letters = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          scheduler.implementation = "{{Name<StrandTimers>()}}"
          actor {
            default-dispatcher { {{OnStrand}} }
            internal-dispatcher { {{OnStrand}} }
            default-blocking-io-dispatcher { {{OnStrand}} }
          }
          persistence.dispatchers {
            default-plugin-dispatcher { {{OnStrand}}, free = on }
            default-replay-dispatcher { {{OnStrand}}, free = on }
            default-stream-dispatcher { {{OnStrand}}, free = on }
          }
        }
        """
    );

    /// <summary>For a dispatcher of a configuration.</summary>
    public static string OnStrand => $"type = \"{Name<StrandDispatcherConfigurator>()}\", throughput = 1";

    /// <summary>Makes one; called on the strand. What is left of an earlier one on a strand that was cut needs no end.</summary>
    /// <param name="strand">The process that it is.</param>
    /// <param name="random">Decides what Akka draws by itself: jitter and the like.</param>
    /// <param name="config">What comes on top.</param>
    /// <param name="setups">Given to the system.</param>
    public static ActorSystem Create(Strand strand, Random random, Config config, params IEnumerable<Setup> setups)
    {
        DrawFrom(random);
        var setup = ActorSystemSetup.Create([
            BootstrapSetup.Create().WithConfig(config.WithFallback(s_config)),
            new StrandSetup(strand),
            .. setups,
        ]);
        return ActorSystem.Create("trading", setup);
    }

    // Akka's own randomness is one generator a thread, and a world is one thread.
    private static void DrawFrom(Random random) =>
        (
            (ThreadLocal<Random>)
                typeof(ThreadLocalRandom)
                    .GetField("_rng", BindingFlags.Static | BindingFlags.NonPublic)!
                    .GetValue(null)!
        ).Value = random;

    private static string Name<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
