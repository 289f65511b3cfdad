using Microsoft.Extensions.Logging;
using Trading.Brokers.CTrader.Connection;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Session;

/// <summary>Opens the application's and the account's sessions on a new connection, renewing tokens where needed.</summary>
internal sealed class Authoriser(
    CTraderSettings settings,
    long accountId,
    TokenKeeper tokens,
    Func<BrokerReport, CancellationToken, ValueTask> report,
    TimeProvider clock,
    ILogger logger
)
{
    // Storing is a commit away. If it takes longer than this something is wrong that a new try may find mended.
    private static readonly TimeSpan StoringLimit = TimeSpan.FromSeconds(60);

    /// <summary>Names the application to the broker; null when it was accepted.</summary>
    public async Task<LinkLoss?> AuthoriseApplicationAsync(Inquirer inquirer, CancellationToken cancellation)
    {
        var (_, error) = await inquirer.TryAskAsync<ProtoOAApplicationAuthRes>(
            new ProtoOAApplicationAuthReq { ClientId = settings.ClientId, ClientSecret = settings.ClientSecret },
            cancellation
        );
        return error is null or { Reaction: ErrorReaction.Harmless } ? null : LinkLoss.Of(error, clock.GetUtcNow());
    }

    /// <summary>Opens the account's session; null when it stands.</summary>
    public async Task<LinkLoss?> AuthoriseAccountAsync(Inquirer inquirer, CancellationToken cancellation)
    {
        if (tokens.RenewAt <= clock.GetUtcNow())
        {
            if (await RenewAheadAsync(inquirer, cancellation) is { } early and not LinkLoss.Renewal)
            {
                return early;
            }
        }

        for (var renewed = false; ; renewed = true)
        {
            BrokerCredentials pair;
            try
            {
                pair = await tokens.UsableAsync().WaitAsync(StoringLimit, clock, cancellation);
            }
            catch (TimeoutException)
            {
                return new LinkLoss.Transient(
                    "CREDENTIALS_NOT_STORED",
                    $"Renewed tokens not stored in {StoringLimit}."
                );
            }

            var (_, error) = await inquirer.TryAskAsync<ProtoOAAccountAuthRes>(
                new ProtoOAAccountAuthReq { CtidTraderAccountId = accountId, AccessToken = pair.AccessToken },
                cancellation
            );
            switch (error)
            {
                case null or { Reaction: ErrorReaction.Harmless }:
                    return null;
                case { Reaction: ErrorReaction.RenewToken } when renewed || string.IsNullOrEmpty(pair.RefreshToken):
                    return new LinkLoss.Permanent(error.Code, error.Sentence, NeedsConsent: true);
                case { Reaction: ErrorReaction.RenewToken }:
                    if (await RenewAsync(inquirer, cancellation) is { } loss)
                    {
                        return loss;
                    }

                    break;
                default:
                    return LinkLoss.Of(error, clock.GetUtcNow());
            }
        }
    }

    /// <summary>
    /// Renews tokens that still work. The broker then ends the account's session, so the link must begin again; null
    /// when the tokens stay as they are.
    /// </summary>
    public async Task<LinkLoss?> RenewAheadAsync(Inquirer inquirer, CancellationToken cancellation)
    {
        switch (await RenewAsync(inquirer, cancellation))
        {
            case null:
                return new LinkLoss.Renewal("TOKENS_RENEWED", "Tokens were renewed ahead of time.");
            case LinkLoss.Permanent refused:
                // The access token is good for a while yet: no reason to stop before it ends.
                tokens.CannotRenew();
                logger.RenewalRefused(refused.Code);
                return null;
            case var loss:
                return loss;
        }
    }

    private async Task<LinkLoss?> RenewAsync(Inquirer inquirer, CancellationToken cancellation)
    {
        var pair = await tokens.UsableAsync();
        var (reply, error) = await inquirer.TryAskAsync<ProtoOARefreshTokenRes>(
            new ProtoOARefreshTokenReq { RefreshToken = pair.RefreshToken ?? "" },
            cancellation
        );
        if (error is { Reaction: ErrorReaction.RenewToken or ErrorReaction.Stop or ErrorReaction.Fix })
        {
            return new LinkLoss.Permanent(error.Code, error.Sentence, NeedsConsent: true);
        }

        if (error is not null)
        {
            return LinkLoss.Of(error, clock.GetUtcNow());
        }

        if (string.IsNullOrEmpty(reply!.Message.AccessToken))
        {
            var empty = BrokerError.Own(
                BrokerError.MalformedCode,
                "Renewed tokens lack the token.",
                tradingCommand: false
            );
            return LinkLoss.Of(empty, clock.GetUtcNow());
        }

        var now = clock.GetUtcNow();
        var renewed = new BrokerCredentials(
            reply.Message.AccessToken,
            reply.Message.RefreshToken,
            reply.Message.ExpiresIn is > 0 and < int.MaxValue ? now.AddSeconds(reply.Message.ExpiresIn) : null
        );
        tokens.Renewed(renewed, now);
        await report(new BrokerReport.CredentialsRenewed(renewed) { At = now }, cancellation);
        return null;
    }
}
