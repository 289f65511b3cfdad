using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Trading.Actors;

namespace Trading.TestKit.Nodes;

/// <summary>The write side on an actor system of its own, without a cluster.</summary>
public sealed class TestNode : IAsyncDisposable
{
    private static readonly Config Quiet = ConfigurationFactory.ParseString(
        """
        akka {
          loggers = []
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """
    );

    private readonly ActorSystem _system;

    private TestNode(TradingActors actors, ActorSystem system) => (Actors, _system) = (actors, system);

    /// <summary>The write side.</summary>
    public TradingActors Actors { get; }

    /// <summary>Starts it.</summary>
    /// <param name="actors">The write side.</param>
    /// <param name="journal">Makes a journal and a snapshot store the default ones.</param>
    /// <param name="setups">What they need beside.</param>
    /// <param name="time">The clock, Akka's timers included.</param>
    /// <param name="name">Names the node in claims.</param>
    public static TestNode Start(
        TradingActors actors,
        Config journal,
        IEnumerable<Setup> setups,
        TimeProvider time,
        string name = "node"
    )
    {
        var config = Quiet
            .WithFallback(time == TimeProvider.System ? Config.Empty : ClockScheduler.On(time))
            .WithFallback(journal)
            .WithFallback(TradingActors.Hocon);
        var system = ActorSystem.Create(
            "trading",
            ActorSystemSetup.Create([BootstrapSetup.Create().WithConfig(config), actors.Setup, .. setups])
        );
        actors.Start(system, new LocalRegions(system), new LoneNode(name));
        return new(actors, system);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Actors.StopAsync(CancellationToken.None);
        await _system.Terminate();
    }
}
