using Akka.Actor.Setup;
using Akka.Cluster.Hosting;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trading.Actors.Shell;
using Trading.Domain.Ports;

namespace Trading.Actors;

/// <summary>The journal and the snapshot store that the write side stands on, as Akka takes them.</summary>
/// <param name="Hocon">Makes them the defaults of the actor system.</param>
/// <param name="Setups">What their plugins need beside.</param>
/// <param name="FailureOf">What the journal's failures mean.</param>
public sealed record JournalPlugin(
    Config Hocon,
    IReadOnlyList<Setup> Setups,
    Func<Exception, PersistFailure> FailureOf
);

/// <summary>How a node joins the others.</summary>
public interface IClusterFormation
{
    /// <summary>The host under which others reach this node.</summary>
    string Host { get; }

    /// <summary>The port; 0 for any that is free.</summary>
    int Port { get; }

    /// <summary>Joins; completes when this node is up.</summary>
    Task JoinAsync(Akka.Actor.ActorSystem system, CancellationToken cancellation);
}

/// <summary>Registers the write side.</summary>
public static class WriteSideRegistration
{
    /// <summary>The name of the actor system: the same on every node.</summary>
    public const string SystemName = "trading";

    private static readonly Config s_cluster = ConfigurationFactory.FromResource(
        "cluster.conf",
        typeof(TradingActors).Assembly
    );

    /// <summary>Adds sessions and feeds as <see cref="ISessionGateway"/> and <see cref="IFeedInterest"/>, on an actor system
    /// that starts and stops with the host. Needs <see cref="JournalPlugin"/>, <see cref="IEventLog"/>,
    /// <see cref="ITickLog"/>, <see cref="ISecretSealer"/>, <see cref="TimeProvider"/> and any number of
    /// <see cref="IBrokerLinkFactory"/>; an <see cref="IClusterFormation"/> where the node is not the only one.</summary>
    public static IServiceCollection AddAkka(this IServiceCollection services, ActorOptions options)
    {
        services.TryAddSingleton<IClusterFormation, ClusterOfOne>();
        services.TryAddSingleton<ActorMetrics>();
        services.AddSingleton<ClusterNodes>();
        services.AddSingleton<INodes>(provider => provider.GetRequiredService<ClusterNodes>());
        services.AddSingleton(provider => new TradingActors(
            provider.GetRequiredService<IEventLog>(),
            provider.GetRequiredService<ITickLog>(),
            provider.GetRequiredService<ISecretSealer>(),
            provider.GetServices<IBrokerLinkFactory>(),
            provider.GetRequiredService<JournalPlugin>().FailureOf,
            provider.GetRequiredService<TimeProvider>(),
            new Random(),
            options,
            provider.GetRequiredService<ActorMetrics>(),
            provider.GetRequiredService<ILogger<TradingActors>>()
        ));
        services.AddSingleton<ISessionGateway>(provider => provider.GetRequiredService<TradingActors>().Sessions);
        services.AddSingleton<IFeedInterest>(provider => provider.GetRequiredService<TradingActors>().Feeds);
        services.AddAkka(SystemName, Configure);
        // Behind Akka's own: started after the actor system, stopped before it.
        services.AddHostedService<WriteSide>();
        return services;
    }

    private static void Configure(AkkaConfigurationBuilder akka, IServiceProvider provider)
    {
        var formation = provider.GetRequiredService<IClusterFormation>();
        var journal = provider.GetRequiredService<JournalPlugin>();
        akka.ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.LogLevel = Akka.Event.LogLevel.WarningLevel;
                loggers.AddLoggerFactory();
            })
            .WithRemoting(formation.Host, formation.Port)
            .WithClustering(new ClusterOptions())
            .AddHocon(TradingActors.Hocon, HoconAddMode.Prepend)
            .AddHocon(s_cluster, HoconAddMode.Prepend)
            .AddHocon(journal.Hocon, HoconAddMode.Prepend)
            .AddSetup(provider.GetRequiredService<TradingActors>().Setup);
        foreach (var setup in journal.Setups)
        {
            akka.AddSetup(setup);
        }
    }

    /// <summary>A node by itself: a cluster of one on loopback, at any port.</summary>
    private sealed class ClusterOfOne : IClusterFormation
    {
        public string Host => "127.0.0.1";

        public int Port => 0;

        public async Task JoinAsync(Akka.Actor.ActorSystem system, CancellationToken cancellation)
        {
            var cluster = Akka.Cluster.Cluster.Get(system);
            await cluster.JoinAsync(cluster.SelfAddress, cancellation);
        }
    }

    private sealed class WriteSide(
        Akka.Actor.ActorSystem system,
        IClusterFormation formation,
        ClusterNodes nodes,
        TradingActors actors
    ) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await formation.JoinAsync(system, cancellationToken);
            nodes.Watch(system);
            actors.Start(system, new ClusterRegions(system), nodes);
        }

        public Task StopAsync(CancellationToken cancellationToken) => actors.StopAsync(cancellationToken);
    }
}
