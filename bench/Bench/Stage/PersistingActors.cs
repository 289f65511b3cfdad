using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Trading.Actors;
using Trading.Bench.Peers;

namespace Trading.Bench.Stage;

/// <summary>The same persistent actors over one journal or another, in an actor system of their own.</summary>
internal sealed class PersistingActors : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly ActorSystem _system;
    private readonly IActorRef[] _actors;

    public PersistingActors(BenchJournal journal, int actors)
    {
        _system = ActorSystem.Create(
            "bench",
            ActorSystemSetup.Create([
                BootstrapSetup
                    .Create()
                    .WithConfig(
                        ConfigurationFactory
                            .ParseString("akka { loglevel = ERROR, stdout-loglevel = ERROR }")
                            .WithFallback(journal.Hocon)
                            .WithFallback("akka.persistence.snapshot-store.plugin = akka.persistence.no-snapshot-store")
                            .WithFallback(TradingActors.Hocon)
                    ),
                .. journal.Setups,
            ])
        );
        _actors =
        [
            .. Enumerable
                .Range(0, actors)
                .Select(i => _system.ActorOf(Props.Create(() => new PersistingActor($"session-bench{i}")))),
        ];
    }

    /// <summary>So many events in one write of the actor of this number; gives how many were committed.</summary>
    public Task<int> PersistAsync(int actor, int events, CancellationToken cancellation) =>
        _actors[actor].Ask<int>(new PersistingActor.Persist(events), s_patience, cancellation);

    /// <summary>Every actor's events, once all have recovered.</summary>
    public async Task<long> CountAsync(CancellationToken cancellation)
    {
        var counts = await Task.WhenAll(
            _actors.Select(actor => actor.Ask<long>(PersistingActor.Counted.Instance, s_patience, cancellation))
        );
        return counts.Sum();
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();
}
