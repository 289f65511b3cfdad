using Microsoft.Extensions.Logging;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Session;
using Trading.Brokers.CTrader.Wire;
using Trading.Domain.Events;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader;

/// <summary>What a token covers, as the broker tells it.</summary>
public abstract record GrantOutcome
{
    private GrantOutcome() { }

    /// <summary>The accounts, of both environments.</summary>
    /// <param name="Scope"><c>view</c> or <c>trade</c>.</param>
    /// <param name="Accounts">As an event of a grant holds them.</param>
    public sealed record Listed(string Scope, IReadOnlyList<GrantedAccount> Accounts) : GrantOutcome;

    /// <summary>The broker refuses the token or the application.</summary>
    public sealed record Refused(string Code, string Detail) : GrantOutcome;

    /// <summary>The broker cannot be asked at the moment.</summary>
    public sealed record Unreachable(string Detail) : GrantOutcome;
}

/// <summary>Asks cTrader which accounts an access token covers, over a short connection of its own.</summary>
public sealed class CTraderGrants(CTraderSettings settings, TimeProvider clock, ILoggerFactory loggers)
{
    private readonly LinkTimings _timings = new();
    private readonly TlsTrust _trust = new(settings.CaFile);
    private readonly ILogger _logger = loggers.CreateLogger<CTraderGrants>();

    /// <summary>Asks once. Either environment's host lists the accounts of both (source: cTrader Open API).</summary>
    public async Task<GrantOutcome> ReadAsync(string accessToken, CancellationToken cancellation)
    {
        var dialer = new TlsDialer(new(settings.DemoHost, settings.Port), _trust, _timings.Connect, clock);
        switch (await dialer.DialAsync(cancellation))
        {
            case DialOutcome.Connected connected:
                await using (
                    var connection = new CTraderConnection(
                        connected.Stream,
                        new Nobody(),
                        "grant",
                        _timings,
                        clock,
                        _logger
                    )
                )
                {
                    var outcome = await AskAsync(new(connection, clock), accessToken, cancellation);
                    return outcome is GrantOutcome.Unreachable && connection.Ended is { IsCompletedSuccessfully: true }
                        ? Unreachable((await connection.Ended).LastWord) ?? outcome
                        : outcome;
                }

            case DialOutcome.Failed failed:
                return new GrantOutcome.Unreachable(failed.Fault.Detail);
            default:
                throw new InvalidOperationException("A dial has two outcomes.");
        }
    }

    private async Task<GrantOutcome> AskAsync(Inquirer inquirer, string accessToken, CancellationToken cancellation)
    {
        await inquirer.AskAsync<ProtoOAApplicationAuthRes>(
            new ProtoOAApplicationAuthReq { ClientId = settings.ClientId, ClientSecret = settings.ClientSecret },
            cancellation
        );
        var list = inquirer.Failure is null
            ? await inquirer.AskAsync<ProtoOAGetAccountListByAccessTokenRes>(
                new ProtoOAGetAccountListByAccessTokenReq { AccessToken = accessToken },
                cancellation
            )
            : null;
        return inquirer.Failure switch
        {
            null when list is not null => Listed(list.Message),
            {
                Reaction: ErrorReaction.Stop
                    or ErrorReaction.Fix
                    or ErrorReaction.RenewToken
                    or ErrorReaction.AuthoriseAccount
            } refused => new GrantOutcome.Refused(refused.Code, refused.Sentence),
            { Code: BrokerError.LinkLostCode } lost => new GrantOutcome.Unreachable(lost.Sentence),
            var failed => Unreachable(failed) ?? new GrantOutcome.Unreachable("No answer."),
        };
    }

    private static GrantOutcome.Unreachable? Unreachable(BrokerError? why) =>
        why is null ? null : new($"{why.Sentence} ({why.Code})");

    private static GrantOutcome.Listed Listed(ProtoOAGetAccountListByAccessTokenRes answer) =>
        new(
            answer.PermissionScope == ProtoOAClientPermissionScope.ScopeTrade ? "trade" : "view",
            [
                .. answer.CtidTraderAccount.Select(account => new GrantedAccount
                {
                    AccountId = account.CtidTraderAccountId.ToString(),
                    Environment = account.IsLive ? BrokerEnvironment.Live : BrokerEnvironment.Demo,
                    Login = account.HasTraderLogin ? account.TraderLogin.ToString() : "",
                    BrokerTitle = account.BrokerTitleShort,
                }),
            ]
        );

    // No account's session is opened here, so nothing that arrives unasked concerns us.
    private sealed class Nobody : IFrameReceiver
    {
        public void OnQuote(in SpotQuote quote) { }

        public bool OnMessage(in Envelope envelope, long sequence) => true;

        public ValueTask OnReadAsync(CancellationToken cancellation) => ValueTask.CompletedTask;
    }
}
