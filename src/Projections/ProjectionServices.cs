using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Trading.Projections.Accounts;
using Trading.Projections.Candles;
using Trading.Projections.Deals;
using Trading.Projections.LatestPrices;
using Trading.Projections.Operating;
using Trading.Projections.Orders;
using Trading.Projections.Positions;
using Trading.Projections.Reading;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;
using Trading.Projections.Sessions;
using Trading.Projections.Symbols;
using Trading.Projections.Users;

namespace Trading.Projections;

/// <summary>Puts the read side into a host.</summary>
public static class ProjectionServices
{
    /// <summary>Adds the queries, the price book, the projections and their rebuilds, and runs the latter three with the host. Asks the host
    /// for an <c>IEventLog</c>, an <c>ITickLog</c> and a <see cref="TimeProvider"/>. The schema must have been migrated
    /// with <see cref="Schema.ReadSchema.MigrateAsync"/> before the host starts.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="sources">Connections to the read models; the host disposes of them.</param>
    /// <param name="options">How projections run.</param>
    public static IServiceCollection AddTradingProjections(
        this IServiceCollection services,
        Func<IServiceProvider, ReadModelSources> sources,
        ProjectionOptions options
    ) =>
        services
            .AddSingleton(sources)
            .AddSingleton(options)
            .AddSingleton<ProjectionSet>()
            .AddSingleton<Rebuilds>()
            .AddSingleton<ReadModelStatuses>()
            .AddSingleton<PriceBook>()
            .AddSingleton<SessionQueries>()
            .AddSingleton<AccountQueries>()
            .AddSingleton<PositionQueries>()
            .AddSingleton<OrderQueries>()
            .AddSingleton<DealQueries>()
            .AddSingleton<SymbolQueries>()
            .AddSingleton<PriceQueries>()
            .AddSingleton<CandleQueries>()
            .AddSingleton<UserQueries>()
            .AddHostedService<ProjectionWorker>();

    private sealed class ProjectionWorker(ProjectionSet projections, PriceBook prices, Rebuilds rebuilds)
        : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
            Task.WhenAll(
                projections.RunAsync(stoppingToken),
                prices.RunAsync(stoppingToken),
                rebuilds.WorkAsync(stoppingToken)
            );
    }
}
