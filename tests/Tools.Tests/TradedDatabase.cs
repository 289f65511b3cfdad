using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.EventStore;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Tools.Tests;

/// <summary>A database in which a session has traded while prices moved: opened a position, got a deposit, closed the
/// position, and works an order. Before that the feed had a hole, which was filled.</summary>
public sealed class TradedDatabase : IAsyncLifetime
{
    private readonly PostgresDatabase _database = new();
    private Scenario<SessionState, SessionCommand>.Given _session = SessionCases.Session.GivenCommands();

    public const string Email = "trader@example.com";

    public static readonly StreamName Operations = StreamName.Of("operations", "accounts");

    public UserKey User => SessionCases.User;

    public PostgresLogs Logs { get; private set; } = null!;

    public string ConnectionString => _database.ConnectionString;

    public string Connection => $"--connection={_database.ConnectionString}";

    /// <summary>The last offset of each step by name.</summary>
    public Dictionary<string, long> Marks { get; } = [];

    /// <summary>The position that is open from "opened" to "closed".</summary>
    public string Position { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        Logs = await PostgresLogs.OpenAsync(_database.ConnectionString);
        await MissTicksAsync();
        var account = new SimulatedAccount();
        await SendAsync(SessionCases.Grant());
        await SendAsync(SessionCases.Start());
        await SendAsync(SessionCases.Observe(account.Up()));
        await MarkAsync("up");
        await PriceAsync(1.1m);
        await SeeAsync(account.Open(Side.Buy, 1_000_000, 1.0945m));
        Position = account.Positions.Keys.Single();
        await MarkAsync("opened");
        await PriceAsync(1.2m);
        await SeeAsync(account.Move(250m));
        await MarkAsync("deposited");
        await SeeAsync(account.Place(Side.Sell, 500_000, 1.3m));
        await MarkAsync("placed");
        await PriceAsync(1.05m);
        await SeeAsync(account.Close(Position, 1_000_000, 1.05m));
        await MarkAsync("closed");
        await PriceAsync(1.4m);
    }

    public async Task DisposeAsync()
    {
        await Logs.DisposeAsync();
        await _database.DisposeAsync();
    }

    public Task<ToolRun> RunAsync(params string[] args) => ToolProcess.RunAsync([.. args, Connection]);

    private async Task MarkAsync(string name)
    {
        Marks[name] = (await Logs.Journal.HeadAsync(default)).Value;
        // Whatever is recorded from here on is recorded later.
        var now = TimeProvider.System.GetUtcNow();
        await Eventually.Be(() => TimeProvider.System.GetUtcNow() > now);
    }

    // Of no user: a hole in the feed, and what an operator did.
    private async Task MissTicksAsync()
    {
        var feed = StreamName.Of("feed", "demo");
        var range = new MissedRange
        {
            Symbol = "EURUSD",
            FromMs = 1_000,
            ToMs = 5_000,
        };
        await Journal.AppendAsync(Logs, feed, new FeedHoleOpened { Hole = 1, Reason = "link_lost" });
        await Journal.AppendAsync(Logs, Operations, new CheckpointMoved { Reason = "the first time" });
        await MarkAsync("hole");
        await Journal.AppendAsync(Logs, feed, new FeedHoleClosed { Hole = 1, Ranges = { range } });
        await Journal.AppendAsync(
            Logs,
            feed,
            new TicksBackfilled
            {
                Hole = 1,
                Symbol = "EURUSD",
                FromMs = 1_000,
                ToMs = 5_000,
            }
        );
        await Journal.AppendAsync(Logs, Operations, new CheckpointMoved { Reason = "the second time" });
        await MarkAsync("filled");
    }

    private Task PriceAsync(decimal bid) => Journal.AppendTicksAsync(Logs, "demo", Journal.Tick("EURUSD", bid, 1));

    private async Task SeeAsync(IEnumerable<BrokerReport> reports)
    {
        foreach (var report in reports)
        {
            await SendAsync(SessionCases.Observe(report));
        }
    }

    private async Task SendAsync(SessionCommand command)
    {
        var step = _session.When(command);
        IMessage[] payloads = [.. step.Events.Select(happened => happened.Payload)];
        if (payloads.Length > 0)
        {
            await Journal.AppendAsync(Logs, User, payloads);
        }

        _session = step.Go();
    }
}
