using Microsoft.AspNetCore.Cors.Infrastructure;
using Trading.Actors;
using Trading.Actors.Shell;
using Trading.Api.Access;
using Trading.Api.Accounts;
using Trading.Api.Audit;
using Trading.Api.Bridge;
using Trading.Api.Configuration;
using Trading.Api.CTrader;
using Trading.Api.Live;
using Trading.Api.Market;
using Trading.Api.Observability;
using Trading.Brokers.CTrader;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore;
using Trading.EventStore.Akka;
using Trading.EventStore.Journal;
using Trading.EventStore.Verification;
using Trading.Projections;
using Trading.Projections.Reading;
using Trading.Projections.TimeTravel;

namespace Trading.Api.Hosting;

/// <summary>What the service is made of, room by room.</summary>
internal static class ServiceParts
{
    /// <summary>Both logs behind their ports.</summary>
    public static IServiceCollection AddLogs(this IServiceCollection services, PostgresLogs logs) =>
        services
            .AddWatched(logs)
            .AddSingleton<IJournalHistory>(logs.Journal)
            .AddSingleton<ITickHistory>(logs.Market)
            .AddSingleton<ISecretSealer>(logs.Sealer)
            .AddSingleton<ISealedFields>(logs.Sealed)
            .AddSingleton(new StreamPlaces(logs.Reader))
            .AddSingleton(new LogVerifier(logs.Reader))
            .AddSingleton(new EventProver(logs.Reader));

    private static IServiceCollection AddWatched(this IServiceCollection services, PostgresLogs logs)
    {
        var journal = new LogWatch("journal", logs.Journal.HeadAsync, logs.Journal.Listening, TimeProvider.System);
        var market = new LogWatch("market", logs.Market.HeadAsync, logs.Market.Listening, TimeProvider.System);
        var watched = new WatchedEventLog(logs.Journal, journal);
        return services
            .AddSingleton(journal)
            .AddSingleton(market)
            .AddSingleton<IEventLog>(watched)
            .AddSingleton<ITickLog>(new WatchedTickLog(logs.Market, market))
            .AddSingleton(
                new JournalPlugin(
                    JournalSetup.Hocon.WithFallback(SnapshotStore.Hocon),
                    [new JournalSetup(watched, TimeProvider.System), SnapshotStore.Over(logs)],
                    MeaningOf
                )
            );
    }

    private static PersistFailure MeaningOf(Exception cause) =>
        cause switch
        {
            StreamConflictException => PersistFailure.Lost,
            RepeatedEventException => PersistFailure.Repeated,
            _ => PersistFailure.Passing,
        };

    /// <summary>The read side.</summary>
    public static IServiceCollection AddReadSide(this IServiceCollection services, Database database) =>
        services.AddTradingProjections(_ => ReadModelSources.Open(database.ConnectionString), new());

    /// <summary>The write side with its brokers.</summary>
    public static IServiceCollection AddWriteSide(this IServiceCollection services, ServiceSettings settings)
    {
        var application = settings.CTrader;
        var broker = new CTraderSettings
        {
            ClientId = application.ClientId,
            ClientSecret = application.ClientSecret,
            Port = application.Port,
            CaFile = application.CertificateAuthority,
        };
        if (application.Host is { } host)
        {
            broker = broker with { DemoHost = host, LiveHost = host };
        }

        var feed = application.Feed;
        return services
            .AddSingleton(broker)
            .AddSingleton<IBrokerLinkFactory>(provider => new CTraderLinkFactory(
                broker,
                new Random(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>()
            ))
            .AddSingleton<CTraderGrants>()
            .AddAkka(
                new()
                {
                    DemoFeedUser = feed is { Environment: BrokerEnvironment.Demo } ? FeedUser(feed) : null,
                    LiveFeedUser = feed is { Environment: BrokerEnvironment.Live } ? FeedUser(feed) : null,
                }
            );
    }

    /// <summary>Who may do what, and how much.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, ServiceSettings settings) =>
        services
            .AddSingleton<RoleKeys>()
            .AddSingleton<TokenVerifier>()
            .AddSingleton(settings.Tokens)
            .AddSingleton(provider => new RequestQuota(
                settings.Limits.RequestsPerMinute,
                provider.GetRequiredService<TimeProvider>()
            ))
            .AddCors(cors => cors.AddDefaultPolicy(policy => Allow(policy, settings.CorsOrigins)));

    /// <summary>The use cases.</summary>
    public static IServiceCollection AddUseCases(this IServiceCollection services, Database database) =>
        services
            .AddHttpContextAccessor()
            .AddSingleton<SessionDesk>()
            .AddSingleton<UserNames>()
            .AddSingleton<MarketPlace>()
            .AddSingleton<AccountHistory>()
            .AddSingleton<Moments>()
            .AddSingleton<PastAccounts>()
            .AddSingleton<AuditTrail>()
            .AddSingleton<AuditLoad>()
            .AddSingleton(provider => new OAuthStates(database.Owner, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(new GrantedTokens(database.Owner))
            .AddSingleton(provider => provider.GetRequiredService<ServiceSettings>().CTrader)
            .AddSingleton<TokenEndpoint>()
            .AddSingleton<Granting>()
            .AddHostedService<FeedWorker>();

    /// <summary>The sockets and what feeds them.</summary>
    public static IServiceCollection AddLive(this IServiceCollection services, ServiceSettings settings) =>
        services
            .AddSingleton(new SocketQuota(settings.Limits))
            .AddSingleton<SocketEndpoint>()
            .AddSingleton<JournalFeed>()
            .AddSingleton<AccountHub>()
            .AddSingleton<StatusBoard>()
            .AddSingleton<AccountSnapshots>()
            .AddSingleton(provider => new AccountFloor(
                provider.GetRequiredService<AccountHub>(),
                provider.GetRequiredService<IEventLog>(),
                provider.GetRequiredService<AccountSnapshots>().TakeAsync,
                settings.Limits,
                provider.GetRequiredService<TimeProvider>()
            ))
            .AddSingleton(provider => new Markets(
                FloorOf(provider, BrokerEnvironment.Demo, settings),
                FloorOf(provider, BrokerEnvironment.Live, settings)
            ))
            .AddSingleton<LiveWorker>()
            .AddHostedService(provider => provider.GetRequiredService<LiveWorker>());

    private static TickFloor FloorOf(IServiceProvider provider, BrokerEnvironment environment, ServiceSettings settings)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        var stream = StreamName.Of("feed", environment == BrokerEnvironment.Live ? "live" : "demo");
        return new(
            environment,
            new(other => other == stream, time, provider.GetRequiredService<ILogger<TickHub>>()),
            provider.GetRequiredService<StatusBoard>(),
            provider.GetRequiredService<IFeedInterest>(),
            settings.Limits,
            time
        );
    }

    private static UserKey FeedUser(ConfiguredFeed feed) => UserKey.Of(FeedWorker.UserIdOf(feed.Environment));

    private static void Allow(CorsPolicyBuilder policy, IReadOnlyList<string> origins)
    {
        if (origins.Contains("*"))
        {
            policy.AllowAnyOrigin();
        }
        else
        {
            // A consent is bound to its browser by a cookie, which a page elsewhere gets only so.
            policy.WithOrigins([.. origins]).AllowCredentials();
        }

        policy
            .AllowAnyHeader()
            .AllowAnyMethod()
            .WithExposedHeaders("ETag", "Link", "Retry-After", "X-Correlation-Id", "X-Offset")
            .SetPreflightMaxAge(TimeSpan.FromMinutes(10));
    }
}
