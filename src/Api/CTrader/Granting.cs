using Trading.Api.Access;
using Trading.Brokers.CTrader;
using Trading.Domain;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Api.CTrader;

/// <summary>Brings people and their grants into sessions: what is secret or personal is sealed here, before it becomes a
/// command.</summary>
internal sealed class Granting(SessionDesk desk, ISecretSealer sealer, TimeProvider time)
{
    private const string Broker = "ctrader";

    /// <summary>Makes a user known by id and, if there is one, e-mail address. Null when done.</summary>
    public async Task<ErrorResult?> IdentifyAsync(
        UserKey user,
        string id,
        string? email,
        CancellationToken cancellation
    )
    {
        var identify = new SessionCommand.Identify(
            user,
            await sealer.SealAsync(user, id, cancellation),
            email is null ? null : UserKey.Of(email),
            email is null ? [] : await sealer.SealAsync(user, email, cancellation)
        )
        {
            At = time.GetUtcNow(),
        };
        return await desk.SendAsync(user, identify, cancellation);
    }

    /// <summary>Makes the user of a token known.</summary>
    public Task<ErrorResult?> IdentifyAsync(User user, CancellationToken cancellation) =>
        IdentifyAsync(user.Key, user.Id, user.Email, cancellation);

    /// <summary>Stores a grant; when it covers one account only, or the account chosen before, the session starts. Null when
    /// done.</summary>
    public async Task<ErrorResult?> GrantAsync(
        UserKey user,
        BrokerCredentials credentials,
        GrantOutcome.Listed listed,
        string requestedBy,
        CancellationToken cancellation
    )
    {
        var grant = new SessionCommand.Grant(
            user,
            Broker,
            await sealer.SealAsync(user, credentials.AccessToken, cancellation),
            credentials.RefreshToken is { Length: > 0 } refresh
                ? await sealer.SealAsync(user, refresh, cancellation)
                : [],
            credentials.ExpiresAt,
            listed.Scope,
            listed.Accounts
        )
        {
            At = time.GetUtcNow(),
        };
        if (await desk.SendAsync(user, grant, cancellation) is { } refusal)
        {
            return refusal;
        }

        if (listed.Accounts.Count != 1)
        {
            return null;
        }

        var only = listed.Accounts[0];
        var select = new SessionCommand.SelectAccount(new(only.AccountId), only.Environment) { At = time.GetUtcNow() };
        return await desk.SendAsync(user, select, cancellation)
            ?? await desk.SendAsync(
                user,
                new SessionCommand.Start(user, requestedBy) { At = time.GetUtcNow() },
                cancellation
            );
    }
}
