using System.Collections.Immutable;
using Trading.Domain.Events;

namespace Trading.Domain.Sessions;

/// <summary>Where a session stands.</summary>
public enum SessionPhase
{
    /// <summary>Never started.</summary>
    Idle,

    /// <summary>Started; no link has stood since.</summary>
    Connecting,

    /// <summary>The link stands and the account was reconciled.</summary>
    Live,

    /// <summary>The link broke; quick retries.</summary>
    Retrying,

    /// <summary>The quick retries are used up; slow ones without end.</summary>
    RetryingSlowly,

    /// <summary>Refused for good; a person must act. May be started again.</summary>
    Failed,

    /// <summary>Stopped on request.</summary>
    Stopped,
}

/// <summary>All a session's decisions need to know: a fold of its stream. The event messages it holds are never changed.
/// </summary>
public sealed record SessionState
{
    /// <summary>Before the first event.</summary>
    public static SessionState Initial { get; } = new();

    /// <summary>Whose session; null before anything was recorded.</summary>
    public UserKey? User { get; init; }

    /// <summary>How often the user was erased: nothing is known here of the time before the last one.</summary>
    public int Erasures { get; init; }

    /// <summary>The user's id is recorded (sealed).</summary>
    public bool Identified { get; init; }

    /// <summary>The hash of the e-mail; empty when none is recorded.</summary>
    public string EmailKey { get; init; } = "";

    /// <summary>The grant in force with the newest sealed tokens; null when there is none.</summary>
    public CredentialsGranted? Grant { get; init; }

    /// <summary>The account chosen; null before.</summary>
    public AccountSelected? Selected { get; init; }

    /// <summary>Where it stands.</summary>
    public SessionPhase Phase { get; init; }

    /// <summary>Under which code the newest failure to hold or make a link was recorded; empty while one stands, and where
    /// the failure had none.</summary>
    public string LossCode { get; init; } = "";

    /// <summary>When that was recorded, Unix milliseconds.</summary>
    public long LossAtMs { get; init; }

    /// <summary>It failed because the grant was gone: a new grant starts it again.</summary>
    public bool FailedForConsent { get; init; }

    /// <summary>The symbols its link streams, with the broker's numbers.</summary>
    public ImmutableDictionary<SymbolName, SymbolId> Subscriptions { get; init; } =
        ImmutableDictionary<SymbolName, SymbolId>.Empty;

    /// <summary>The selected account; null before one was selected.</summary>
    public AccountBook? Book { get; init; }

    /// <summary>Accounts served earlier.</summary>
    public ImmutableDictionary<AccountId, AccountBook> Shelf { get; init; } =
        ImmutableDictionary<AccountId, AccountBook>.Empty;

    /// <summary>It is to run, whatever happens to the process.</summary>
    public bool Running =>
        Phase is SessionPhase.Connecting or SessionPhase.Live or SessionPhase.Retrying or SessionPhase.RetryingSlowly;

    /// <summary>The granted account of this id, or null.</summary>
    public GrantedAccount? Granted(AccountId account) =>
        Grant?.Accounts.FirstOrDefault(granted => granted.AccountId == account.Value);

    /// <summary>The link this session should have, or null when it should have none.</summary>
    public SessionEffect.OpenLink? DesiredLink() =>
        Running && Book is { } book && Selected is { } selected
            ? new(
                book.Account,
                selected.Environment,
                book.WatermarkMs == 0
                    ? null
                    : DateTimeOffset.FromUnixTimeMilliseconds(book.WatermarkMs) - ClockTolerance,
                Subscriptions.Keys.ToImmutableHashSet()
            )
            : null;

    /// <summary>How far our clock and the broker's may differ before a deal could be missed on reconnect.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(15);
}
