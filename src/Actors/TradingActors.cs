using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trading.Actors.Feeds;
using Trading.Actors.Persistence;
using Trading.Actors.Sessions;
using Trading.Domain.Liveness;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Actors;

/// <summary>The whole write side of one process: sessions and feeds, started and stopped together.</summary>
public sealed class TradingActors : IHostedService
{
    private readonly CancellationTokenSource _end = new();
    private Task _background = Task.CompletedTask;

    /// <summary>Builds the write side on its ports.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="market">The market log.</param>
    /// <param name="snapshots">Keeps folded states.</param>
    /// <param name="sealer">Seals tokens.</param>
    /// <param name="brokers">Every broker that can be linked to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">For jitter.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="metrics">The instruments.</param>
    /// <param name="logger">Where it logs.</param>
    public TradingActors(
        IEventLog journal,
        ITickLog market,
        ISnapshotStore snapshots,
        ISecretSealer sealer,
        IEnumerable<IBrokerLinkFactory> brokers,
        TimeProvider time,
        Random random,
        ActorOptions options,
        ActorMetrics metrics,
        ILogger<TradingActors> logger
    )
        : this(journal, market, snapshots, sealer, brokers, time, random, options, metrics, logger, SessionRules.Rules)
    { }

    internal TradingActors(
        IEventLog journal,
        ITickLog market,
        ISnapshotStore snapshots,
        ISecretSealer sealer,
        IEnumerable<IBrokerLinkFactory> brokers,
        TimeProvider time,
        Random random,
        ActorOptions options,
        ActorMetrics metrics,
        ILogger logger,
        Rules<SessionState, SessionCommand> rules
    )
    {
        var environment = new ActorEnvironment(journal, snapshots, time, random, options, metrics, logger);
        Feeds = new(market, environment);
        Sessions = new(environment, new([.. brokers], sealer, Feeds, new(), rules));
    }

    /// <summary>The front door for commands.</summary>
    public SessionDirectory Sessions { get; }

    /// <summary>The front door for interest in prices.</summary>
    public PriceFeeds Feeds { get; }

    /// <summary>How every part of the write side does.</summary>
    public IEnumerable<Vital> Vitals() => Sessions.Vitals().Concat(Feeds.Vitals());

    /// <summary>Completes when every session that was running has been started again.</summary>
    public Task Resumed { get; private set; } = Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Feeds.StartAsync(Sessions, cancellationToken);
        Resumed = Sessions.ResumeAsync(_end.Token);
        _background = KeepHouseAsync(_end.Token);
    }

    // Here and not on a thread of the pool: nothing but the housekeeping waits for it.
    private void EndHousekeeping() => _end.Cancel();

    private async Task KeepHouseAsync(CancellationToken cancellation)
    {
        await Resumed;
        await Sessions.SweepAsync(cancellation);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        EndHousekeeping();
        await Feeds.LeaveAsync();
        await Sessions.StopAsync(cancellationToken);
        await Feeds.StopAsync(cancellationToken);
        try
        {
            await _background;
        }
        catch (OperationCanceledException)
        {
            // Its end was asked for.
        }
    }
}

/// <summary>Registers the write side.</summary>
public static class TradingActorsRegistration
{
    /// <summary>Adds sessions and feeds as <see cref="ISessionGateway"/> and <see cref="IFeedInterest"/>, and runs them with
    /// the host. Needs <see cref="IEventLog"/>, <see cref="ITickLog"/>, <see cref="ISnapshotStore"/>,
    /// <see cref="ISecretSealer"/>, <see cref="TimeProvider"/> and any number of <see cref="IBrokerLinkFactory"/>.</summary>
    public static IServiceCollection AddTradingActors(this IServiceCollection services, ActorOptions options)
    {
        services.TryAddSingleton<ActorMetrics>();
        services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<TradingActors>(provider, options, new Random())
        );
        services.AddSingleton<ISessionGateway>(provider => provider.GetRequiredService<TradingActors>().Sessions);
        services.AddSingleton<IFeedInterest>(provider => provider.GetRequiredService<TradingActors>().Feeds);
        services.AddHostedService(provider => provider.GetRequiredService<TradingActors>());
        return services;
    }
}
