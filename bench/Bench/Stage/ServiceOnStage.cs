using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Trading.Api.Configuration;
using Trading.Api.Hosting;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Bench.Stage;

/// <summary>The real service in this process, on a fresh database of the run, without rate limits.</summary>
internal sealed class ServiceOnStage : IAsyncDisposable
{
    private const string Secret = "a secret for benches that is long enough for HS256";
    private const string Issuer = "http://bench.invalid/auth/v1";
    private readonly TradingService _service;

    private ServiceOnStage(TradingService service) => _service = service;

    public int Port => _service.Addresses[0].Port;

    public IEventLog Journal => Get<IEventLog>();

    public ITickLog Market => Get<ITickLog>();

    public static async Task<ServiceOnStage> StartAsync(
        string connectionString,
        string folder,
        int brokerPort,
        string? certificates,
        CancellationToken cancellation
    )
    {
        var settings = new ServiceSettings
        {
            Listen = new(IPAddress.Loopback, 0),
            DataFolder = folder,
            Postgres = connectionString,
            ApiKey = "bench-api-key-0123456789",
            MasterKey = new byte[32],
            Tokens = new() { Secret = Secret, Issuer = Issuer },
            CTrader = new()
            {
                ClientId = "sandbox-app",
                ClientSecret = "sandbox-secret",
                Host = "127.0.0.1",
                Port = brokerPort,
                CertificateAuthority = certificates,
            },
            Limits = new()
            {
                RequestsPerMinute = 0,
                SocketsPerClient = 100_000,
                Sockets = 100_000,
            },
            PublicTicks = true,
            LogLevel = "error",
        };
        return new(await TradingService.StartAsync(settings, cancellation));
    }

    public T Get<T>()
        where T : notnull => _service.Services.GetRequiredService<T>();

    /// <summary>A signed-in user's token.</summary>
    public static string TokenOf(string userId)
    {
        var header = Encode(new { alg = "HS256", typ = "JWT" });
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = Encode(
            new
            {
                iss = Issuer,
                aud = "authenticated",
                role = "authenticated",
                sub = userId,
                iat = now,
                exp = now + 3_600,
            }
        );
        var signature = HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(Secret),
            Encoding.ASCII.GetBytes($"{header}.{claims}")
        );
        return $"{header}.{claims}.{Base64Url(signature)}";
    }

    /// <summary>Grants a sandbox account to a user and starts the session.</summary>
    public async Task StartSessionAsync(string userId, string accessToken, long account, CancellationToken cancellation)
    {
        var user = UserKey.Of(userId);
        var sealer = Get<ISecretSealer>();
        var at = TimeProvider.System.GetUtcNow();
        var granted = new GrantedAccount { AccountId = account.ToString(), Environment = BrokerEnvironment.Demo };
        await SendAsync(
            user,
            new SessionCommand.Grant(
                user,
                "ctrader",
                await sealer.SealAsync(user, accessToken, cancellation),
                ReadOnlyMemory<byte>.Empty,
                null,
                "trade",
                [granted]
            )
            {
                At = at,
            },
            cancellation
        );
        await SendAsync(user, new SessionCommand.Start(user, "bench") { At = at }, cancellation);
    }

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private async Task SendAsync(UserKey user, SessionCommand command, CancellationToken cancellation)
    {
        var outcome = await Get<ISessionGateway>().SendAsync(user, command, cancellation);
        if (outcome is not (CommandOutcome.Accepted or CommandOutcome.Unchanged))
        {
            throw new InvalidOperationException($"{command.GetType().Name} was answered with {outcome}.");
        }
    }

    private static string Encode(object value) => Base64Url(JsonSerializer.SerializeToUtf8Bytes(value));

    private static string Base64Url(byte[] bytes) =>
        Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
