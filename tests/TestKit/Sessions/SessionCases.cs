using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.TestKit.Sessions;

/// <summary>Commands and beginnings that session tests share.</summary>
public static class SessionCases
{
    /// <summary>The trader.</summary>
    public static readonly UserKey User = UserKey.Of("trader@example.com");

    /// <summary>The account granted first.</summary>
    public static readonly AccountId Account = new("1001");

    /// <summary>When the tests' commands are given.</summary>
    public static readonly DateTimeOffset At = new(2025, 1, 15, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The session's rules.</summary>
    public static Scenario<SessionState, SessionCommand> Session { get; } =
        new(SessionState.Initial, SessionDecider.Decide, SessionEvolve.Apply);

    /// <summary>A grant for these accounts, all demo.</summary>
    public static SessionCommand.Grant Grant(params string[] accounts) =>
        GrantTo(User, accounts.Length == 0 ? [Account.Value] : accounts);

    /// <summary>A user's grant for these accounts, all demo.</summary>
    public static SessionCommand.Grant GrantTo(UserKey user, params string[] accounts) =>
        new(
            user,
            "ctrader",
            "sealed access"u8.ToArray(),
            "sealed refresh"u8.ToArray(),
            At.AddDays(30),
            "trade",
            [.. accounts.Select(id => new GrantedAccount { AccountId = id, Environment = BrokerEnvironment.Demo })]
        )
        {
            At = At,
        };

    /// <summary>Asks the session to run.</summary>
    public static SessionCommand.Start Start(UserKey? user = null) => new(user ?? User, "test") { At = At };

    /// <summary>Asks the session to end.</summary>
    public static SessionCommand.Stop Stop() => new("asked to") { At = At };

    /// <summary>Takes in a report.</summary>
    public static SessionCommand.Observe Observe(BrokerReport report) => new(report) { At = report.At };

    /// <summary>States the symbols to stream.</summary>
    public static SessionCommand.StreamSymbols Stream(params string[] symbols) =>
        new(symbols.Select(name => new SymbolName(name)).ToHashSet()) { At = At };

    /// <summary>Granted and started.</summary>
    public static Scenario<SessionState, SessionCommand>.Given Started() => Session.GivenCommands(Grant(), Start());

    /// <summary>Granted, started, and live on this account.</summary>
    public static Scenario<SessionState, SessionCommand>.Given LiveOn(SimulatedAccount account) =>
        Started().When(Observe(account.Up())).Go();

    /// <summary>Goes on by taking in reports.</summary>
    public static Scenario<SessionState, SessionCommand>.Given After(
        this Scenario<SessionState, SessionCommand>.Given given,
        params IEnumerable<BrokerReport> reports
    ) => reports.Aggregate(given, (so, report) => so.When(Observe(report)).Go());
}
