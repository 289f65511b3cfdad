using Microsoft.Extensions.DependencyInjection;
using Trading.Api;
using Trading.Api.CTrader;
using Trading.Api.Hosting;
using Trading.Brokers.CTrader;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Demo;

/// <summary>The one user of the demo.</summary>
internal static class DemoUser
{
    /// <summary>The token's subject.</summary>
    public const string Id = "7f8d1c3e-52b4-4d0a-9c61-0de300000001";

    /// <summary>The address that the bridge's callers use.</summary>
    public const string Email = "trader@example.com";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Names the user inside.</summary>
    public static UserKey Key { get; } = UserKey.Of(Id);

    /// <summary>Makes the user known, grants the account and starts the session; waits a while until it is live.</summary>
    /// <exception cref="InvalidOperationException">The service refuses; the message says why.</exception>
    public static async Task PrepareAsync(
        TradingService service,
        BrokerCredentials credentials,
        string account,
        BrokerEnvironment environment,
        CancellationToken cancellation
    )
    {
        var granting = service.Services.GetRequiredService<Granting>();
        var desk = service.Services.GetRequiredService<SessionDesk>();
        var granted = service.Services.GetRequiredService<GrantedTokens>();
        var time = service.Services.GetRequiredService<TimeProvider>();
        Check(await granting.IdentifyAsync(Key, Id, Email, cancellation));
        // A real token granted before may have been renewed since; only a new one is granted again.
        var mark = $"{credentials.AccessToken}/{account}";
        if (!await granted.IsKnownAsync(Key, mark, cancellation))
        {
            var only = new GrantedAccount { AccountId = account, Environment = environment };
            Check(
                await granting.GrantAsync(
                    Key,
                    credentials,
                    new GrantOutcome.Listed("trade", [only]),
                    "configuration",
                    cancellation
                )
            );
            await granted.KeepAsync(Key, mark, cancellation);
        }
        else
        {
            var start = new SessionCommand.Start(Key, "configuration") { At = time.GetUtcNow() };
            Check(await desk.SendAsync(Key, start, cancellation));
        }

        await desk.WaitUntilSettledAsync(Key, Patience, cancellation);
    }

    /// <summary>Ends the session on purpose, so that the next run does not begin by missing an account that is gone.</summary>
    public static async Task StopAsync(TradingService service)
    {
        var desk = service.Services.GetRequiredService<SessionDesk>();
        var time = service.Services.GetRequiredService<TimeProvider>();
        var stop = new SessionCommand.Stop("the demo's sandbox is going") { At = time.GetUtcNow() };
        await desk.SendAsync(Key, stop, CancellationToken.None);
    }

    private static void Check(ErrorResult? refusal)
    {
        if (refusal is not null)
        {
            throw new InvalidOperationException(refusal.Error.Detail);
        }
    }
}
