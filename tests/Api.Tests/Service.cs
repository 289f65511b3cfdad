using System.Net;
using System.Net.Http.Headers;
using Trading.Api.Configuration;
using Trading.Api.Hosting;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>The real service on a free loopback port with a database of its own.</summary>
public class Service : IAsyncLifetime
{
    public const string ApiKey = "the-api-key-of-the-tests";

    private readonly PostgresDatabase _database = new();
    private TradingService? _service;
    private ServiceSettings? _settings;

    public TradingService Running => _service ?? throw new InvalidOperationException("Not started");

    public PostgresDatabase Database => _database;

    /// <summary>The connection string of another database than one of the tests' cluster.</summary>
    public string? Postgres { get; init; }

    public Uri Address => Running.Addresses[0];

    public string LogFolder { get; } = Directory.CreateTempSubdirectory("trading-api-tests-").FullName;

    public virtual async Task InitializeAsync()
    {
        if (Postgres is null)
        {
            await _database.InitializeAsync();
        }

        _settings = await SettingsAsync(Settings(Postgres ?? _database.ConnectionString, LogFolder));
        _service = await TradingService.StartAsync(_settings);
        await Eventually.Be(async () => (await Anonymous().GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK);
    }

    /// <summary>Stops the service and starts it again on the same database, at whatever address is free.</summary>
    public async Task RestartAsync()
    {
        await Running.DisposeAsync();
        _service = await TradingService.StartAsync(_settings!);
    }

    public virtual async Task DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        await _database.DisposeAsync();
        Directory.Delete(LogFolder, recursive: true);
    }

    /// <summary>What a fixture wants otherwise.</summary>
    protected virtual Task<ServiceSettings> SettingsAsync(ServiceSettings settings) => Task.FromResult(settings);

    public static ServiceSettings Settings(string postgres, string? logs = null) =>
        new()
        {
            Listen = new(IPAddress.Loopback, 0),
            Postgres = postgres,
            ApiKey = ApiKey,
            MasterKey = new byte[32],
            Tokens = new() { Secret = Tokens.Secret, Issuer = Tokens.Issuer },
            CTrader = new() { ClientId = "app", ClientSecret = "application-secret" },
            LogFolder = logs,
            Limits = new() { RequestsPerMinute = 0, SocketsPerClient = 5_000 },
        };

    public HttpClient Anonymous() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };

    public HttpClient Operator()
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Add("X-Api-Key", ApiKey);
        return client;
    }

    public HttpClient Bearing(string token)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public HttpClient User(string userId, string? email = null) => Bearing(Tokens.For(userId, email));
}

/// <summary>One service for all tests that need nothing special.</summary>
[CollectionDefinition(Name)]
public sealed class SharedService : ICollectionFixture<Service>
{
    public const string Name = "service";
}
