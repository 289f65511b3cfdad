using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using OpenTelemetry.Metrics;
using Serilog;
using Serilog.Extensions.Logging;
using Trading.Api.Access;
using Trading.Api.Accounts;
using Trading.Api.Audit;
using Trading.Api.Bridge;
using Trading.Api.Configuration;
using Trading.Api.CTrader;
using Trading.Api.Live;
using Trading.Api.Market;
using Trading.Api.Observability;
using Trading.Api.Projections;
using Trading.Configuration;
using Trading.EmbeddedPostgres;
using Trading.EventStore;

namespace Trading.Api.Hosting;

/// <summary>The whole service in this process: database, logs, read side, write side, HTTP and WebSocket.</summary>
public sealed class TradingService : IAsyncDisposable
{
    private readonly Database _database;
    private readonly PostgresLogs _logs;
    private readonly Serilog.Core.Logger _log;
    private readonly WebApplication _app;
    private bool _stopped;

    private TradingService(
        ServiceSettings settings,
        Database database,
        PostgresLogs logs,
        Serilog.Core.Logger log,
        WebApplication app
    )
    {
        Settings = settings;
        _database = database;
        _logs = logs;
        _log = log;
        _app = app;
    }

    /// <summary>The settings, completed by the keys that were made.</summary>
    public ServiceSettings Settings { get; }

    /// <summary>Everything the service is made of.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>The addresses served, with their real ports.</summary>
    public IReadOnlyList<Uri> Addresses =>
        [
            .. _app
                .Services.GetRequiredService<IServer>()
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.Select(Reachable),
        ];

    /// <summary>Starts the service; it serves when this returns. Ports of 0 are chosen freely.</summary>
    /// <exception cref="EmbeddedPostgresException">The private database cannot be started.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The configured database cannot be reached.</exception>
    /// <exception cref="IOException">A port is taken.</exception>
    /// <exception cref="SettingsException">The master key is not the one of this database.</exception>
    public static async Task<TradingService> StartAsync(
        ServiceSettings settings,
        CancellationToken cancellation = default
    )
    {
        PortsToListenOn.MustBeFree(settings);
        await MakeDataFolderAsync(settings, cancellation);
        settings = KeyFiles.Complete(settings);
        var time = TimeProvider.System;
        var log = Logging.Create(settings, new(settings));
        Database? database = null;
        PostgresLogs? logs = null;
        try
        {
            using var loggers = new SerilogLoggerFactory(log);
            var logger = loggers.CreateLogger<TradingService>();
            database = await Database.OpenAsync(settings, time, logger, cancellation);
            logs = await PostgresLogs.OpenAsync(
                database.ConnectionString,
                new()
                {
                    Migrate = false,
                    MasterKey = settings.MasterKey,
                    FormerMasterKeys = [.. settings.FormerMasterKeys.Select(key => (ReadOnlyMemory<byte>)key)],
                },
                time,
                // The logs outlive the start.
                new SerilogLoggerFactory(log),
                cancellation
            );
            await MustOpenAsync(logs, settings, cancellation);
            var app = Build(settings, database, logs, log, time);
            await app.StartAsync(cancellation);
            return new(settings, database, logs, log, app);
        }
        catch
        {
            if (logs is not null)
            {
                await logs.DisposeAsync();
            }

            if (database is not null)
            {
                await database.DisposeAsync();
            }

            await log.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the process is asked to end (SIGTERM, SIGINT). The service still runs then: dispose of it.
    /// </summary>
    public async Task WaitForShutdownAsync()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var lifetime = _app.Services.GetRequiredService<IHostApplicationLifetime>();
        await using var registration = lifetime.ApplicationStopping.Register(asked.SetResult);
        await asked.Task;
    }

    /// <summary>Stops: readiness fails, no more is accepted, what is in flight is finished, links are closed, the logs are
    /// flushed.</summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        if (!_stopped)
        {
            _stopped = true;
            await _app.StopAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        await _logs.DisposeAsync();
        await _database.DisposeAsync();
        await _log.DisposeAsync();
    }

    private static async Task MakeDataFolderAsync(ServiceSettings settings, CancellationToken cancellation)
    {
        if (settings.Postgres is not null)
        {
            return;
        }

        try
        {
            await PrivateFolder.CreateForPostgresAsync(settings.DataFolder, cancellation);
        }
        catch (IOException unusable)
        {
            throw new SettingsException([$"TRADING_DATA: {settings.DataFolder} cannot be used: {unusable.Message}"]);
        }
    }

    // With another master key no token opens, and every projection would fold names and labels as empty.
    private static async Task MustOpenAsync(PostgresLogs logs, ServiceSettings settings, CancellationToken cancellation)
    {
        if (await logs.Sealed.ExamineAsync(user: null, cancellation) is { Closed: > 0 } closed)
        {
            throw new SettingsException([
                $"TRADING_MASTER_KEY (without it, {Path.Combine(settings.DataFolder, MasterKeyText.FileName)}) is not the "
                    + $"key of this database: {closed}",
            ]);
        }
    }

    private static WebApplication Build(
        ServiceSettings settings,
        Database database,
        PostgresLogs logs,
        Serilog.Core.Logger log,
        TimeProvider time
    )
    {
        // Nothing but our own settings configures the host: no appsettings, no ASPNETCORE_URLS.
        var builder = WebApplication.CreateEmptyBuilder(
            new() { ApplicationName = typeof(TradingService).Assembly.GetName().Name }
        );
        builder.Services.AddSerilog(log);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listening.Configure(kestrel, settings));
        builder
            .Services.AddRouting()
            .AddSingleton(settings)
            .AddSingleton(time)
            .AddSingleton<Lifetime>()
            .AddLogs(logs)
            .AddReadSide(database)
            .AddWriteSide(settings)
            .AddAccess(settings)
            .AddUseCases(database)
            .AddLive(settings)
            .AddObservability(settings)
            .AddOpenApiDocument();
        builder.Services.AddHostedService<ErasureWatch>();
        builder.Services.AddHostedService<Stopping>();
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = settings.ShutdownDelay + TimeSpan.FromSeconds(25)
        );
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default)
        );

        var app = builder.Build();
        // What is measured before anybody listens is lost.
        app.Services.GetRequiredService<MeterProvider>();
        app.UseMounting(settings);
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<Correlation>();
        app.UseMiddleware<ErrorShape>();
        app.UseRouting();
        app.UseCors();
        app.UseMiddleware<Gate>();
        app.UseMiddleware<RequestBody>();
        var routes = app.TakingHead().DescribingFailures();
        routes.MapOpenApi(OpenApiPage.DocumentPath);
        routes.MapOpenApiPage();
        MapUseCases(routes);
        return app;
    }

    private static void MapUseCases(IEndpointRouteBuilder routes)
    {
        Health.Map(routes);
        ListSessions.Map(routes);
        StartSession.Map(routes);
        StopSession.Map(routes);
        SessionStatus.Map(routes);
        GetAccount.Map(routes);
        GetPositions.Map(routes);
        GetSettings.Map(routes);
        PutSettings.Map(routes);
        StartOAuth.Map(routes);
        FinishOAuth.Map(routes);
        GetCandles.Map(routes);
        GetSymbols.Map(routes);
        GetPrices.Map(routes);
        LiveSockets.Map(routes);
        Probes.Map(routes);
        ListEvents.Map(routes);
        ListStream.Map(routes);
        GetDeal.Map(routes);
        GetProof.Map(routes);
        ListProjections.Map(routes);
        StartRebuild.Map(routes);
        WatchRebuild.Map(routes);
        CancelRebuild.Map(routes);
    }

    // What listens on every interface is reached on this one.
    private static Uri Reachable(string address)
    {
        var url = new Uri(address.Replace("[::]", "127.0.0.1").Replace("0.0.0.0", "127.0.0.1"));
        return IPAddress.TryParse(url.Host, out _) ? url : new UriBuilder(url) { Host = "127.0.0.1" }.Uri;
    }
}
