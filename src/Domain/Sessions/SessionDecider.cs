using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>The rules of a session. Pure and total: any command in any state has an answer, and a repeated one is
/// <see cref="Decision.Unchanged"/>.</summary>
public static class SessionDecider
{
    /// <summary>What becomes true because of a command.</summary>
    public static Decision Decide(SessionState state, SessionCommand command) =>
        command switch
        {
            SessionCommand.Identify identify => Identify(state, identify),
            SessionCommand.Grant grant => Grant(state, grant),
            SessionCommand.Revoke revoke => Revoke(state, revoke),
            SessionCommand.SelectAccount select => Select(state, select),
            SessionCommand.Start start => Start(state, start),
            SessionCommand.Stop stop => Stop(state, stop),
            SessionCommand.StreamSymbols stream => Stream(state, stream),
            SessionCommand.StoreCredentials store => Store(state, store),
            SessionCommand.Observe observe => LinkReports.Decide(state, observe.Report),
            _ => Decision.Unchanged.Instance,
        };

    private static Decision Identify(SessionState state, SessionCommand.Identify command)
    {
        if (Foreign(state, command.User) is { } refused)
        {
            return refused;
        }

        var emailKey = command.EmailKey?.Value ?? "";
        if (state.Identified && (emailKey.Length == 0 || emailKey == state.EmailKey))
        {
            return Decision.Unchanged.Instance;
        }

        var changes = new Changes(state, command.At);
        changes.Add(
            new UserIdentified
            {
                UserKey = command.User.Value,
                SealedUserId = ByteString.CopyFrom(command.SealedUserId.Span),
                EmailKey = emailKey,
                SealedEmail = ByteString.CopyFrom(command.SealedEmail.Span),
            }
        );
        return changes.ToDecision();
    }

    private static Decision Grant(SessionState state, SessionCommand.Grant command)
    {
        if (Foreign(state, command.User) is { } refused)
        {
            return refused;
        }

        if (command.Broker.Length == 0)
        {
            return new Decision.Refused(Refusal.Invalid, "A grant names its broker.", "broker");
        }

        var granted = new CredentialsGranted
        {
            UserKey = command.User.Value,
            Broker = command.Broker,
            SealedAccessToken = ByteString.CopyFrom(command.SealedAccessToken.Span),
            SealedRefreshToken = ByteString.CopyFrom(command.SealedRefreshToken.Span),
            ExpiresAtMs = command.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0,
            Scope = command.Scope,
            Accounts = { command.Accounts },
        };
        if (granted.Equals(state.Grant))
        {
            return Decision.Unchanged.Instance;
        }

        var changes = new Changes(state, command.At);
        var selectedIsGranted =
            state.Selected is { } selected && command.Accounts.Any(a => a.AccountId == selected.AccountId);
        if (state.Running && !selectedIsGranted)
        {
            changes.EndStreams();
            changes.Add(new SessionStopped { Reason = "the new grant does not cover the account" });
        }

        changes.Add(granted);
        if (state.FailedForConsent && selectedIsGranted)
        {
            Begin(changes, "consent");
        }

        return changes.ToDecision();
    }

    private static Decision Revoke(SessionState state, SessionCommand.Revoke command)
    {
        var changes = new Changes(state, command.At);
        if (state.Running)
        {
            changes.EndStreams();
            changes.Add(new SessionStopped { Reason = command.Reason });
        }

        if (state.Grant is not null)
        {
            changes.Add(new CredentialsRevoked { Reason = command.Reason });
        }

        return changes.ToDecision();
    }

    private static Decision Select(SessionState state, SessionCommand.SelectAccount command)
    {
        if (state.Grant is null)
        {
            return NoCredentials;
        }

        if (state.Granted(command.Account) is not { } granted)
        {
            return NotGranted(command.Account);
        }

        if (granted.Environment != command.Environment)
        {
            return new Decision.Refused(
                Refusal.Invalid,
                $"Account {command.Account} is not of that environment.",
                "environment"
            );
        }

        if (
            state.Selected is { } selected
            && selected.AccountId == command.Account.Value
            && selected.Environment == command.Environment
        )
        {
            return Decision.Unchanged.Instance;
        }

        var changes = new Changes(state, command.At);
        if (state.Running)
        {
            changes.EndStreams();
            changes.Add(new SessionStopped { Reason = "another account was selected" });
        }

        changes.Add(new AccountSelected { AccountId = granted.AccountId, Environment = granted.Environment });
        if (state.Running)
        {
            Begin(changes, "account selection");
        }

        return changes.ToDecision();
    }

    private static Decision Start(SessionState state, SessionCommand.Start command)
    {
        if (Foreign(state, command.User) is { } refused)
        {
            return refused;
        }

        if (state.Running)
        {
            return Decision.Unchanged.Instance;
        }

        if (state.Grant is not { } grant)
        {
            return NoCredentials;
        }

        var changes = new Changes(state, command.At);
        if (state.Selected is null)
        {
            if (grant.Accounts is not [var only])
            {
                return new Decision.Refused(
                    grant.Accounts.Count == 0 ? Refusal.AccountNotGranted : Refusal.AccountNotSelected,
                    $"The grant covers {grant.Accounts.Count} accounts and none is chosen.",
                    "accountId"
                );
            }

            changes.Add(new AccountSelected { AccountId = only.AccountId, Environment = only.Environment });
        }
        else if (state.Granted(new(state.Selected.AccountId)) is null)
        {
            return NotGranted(new(state.Selected.AccountId));
        }

        Begin(changes, command.RequestedBy);
        return changes.ToDecision();
    }

    private static Decision Stop(SessionState state, SessionCommand.Stop command)
    {
        var changes = new Changes(state, command.At);
        // A failed session is not running, but a stop still ends the wish to run: a later grant must not revive it.
        if (state.Running || state.Phase == SessionPhase.Failed)
        {
            changes.EndStreams();
            changes.Add(new SessionStopped { Reason = command.Reason });
        }

        return changes.ToDecision();
    }

    private static Decision Stream(SessionState state, SessionCommand.StreamSymbols command)
    {
        if (!state.Running || state.Book is not { } book)
        {
            return Decision.Unchanged.Instance;
        }

        var changes = new Changes(state, command.At);
        foreach (var (symbol, id) in state.Subscriptions.OrderBy(pair => pair.Key.Value, StringComparer.Ordinal))
        {
            if (!command.Symbols.Contains(symbol))
            {
                changes.Add(new SubscriptionRemoved { Symbol = symbol.Value, SymbolId = id.Value });
            }
        }

        foreach (var symbol in command.Symbols.OrderBy(symbol => symbol.Value, StringComparer.Ordinal))
        {
            // What this broker does not offer cannot be streamed; the feed asks again when the offer changes.
            if (!state.Subscriptions.ContainsKey(symbol) && book.Symbols.Find(symbol.Value) is { } offered)
            {
                changes.Add(new SubscriptionAdded { Symbol = symbol.Value, SymbolId = offered.SymbolId });
            }
        }

        return changes.ToDecision();
    }

    private static Decision Store(SessionState state, SessionCommand.StoreCredentials command)
    {
        if (state.Grant is not { } grant)
        {
            return NoCredentials;
        }

        var refreshed = new CredentialsRefreshed
        {
            SealedAccessToken = ByteString.CopyFrom(command.SealedAccessToken.Span),
            SealedRefreshToken = ByteString.CopyFrom(command.SealedRefreshToken.Span),
            ExpiresAtMs = command.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0,
        };
        if (
            refreshed.SealedAccessToken == grant.SealedAccessToken
            && refreshed.SealedRefreshToken == grant.SealedRefreshToken
        )
        {
            return Decision.Unchanged.Instance;
        }

        var changes = new Changes(state, command.At);
        changes.Add(refreshed);
        return changes.ToDecision();
    }

    private static void Begin(Changes changes, string requestedBy) =>
        changes.Add(
            new SessionStarted
            {
                UserKey = changes.State.User?.Value ?? changes.State.Grant!.UserKey,
                Broker = changes.State.Grant!.Broker,
                AccountId = changes.Book.Account.Value,
                Environment = changes.State.Selected!.Environment,
                RequestedBy = requestedBy,
            }
        );

    private static Decision.Refused? Foreign(SessionState state, UserKey user) =>
        state.User is { } owner && owner != user
            ? new(Refusal.Invalid, "This session belongs to another user.", "userId")
            : null;

    private static Decision.Refused NoCredentials { get; } =
        new(Refusal.NoCredentials, "The user has not granted access to a broker account.");

    private static Decision.Refused NotGranted(AccountId account) =>
        new(Refusal.AccountNotGranted, $"The grant does not cover account {account}.", "accountId");
}
