using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Api.Live;
using Trading.Api.Observability;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>Things that stop without a word: each is named within ten seconds, and nothing is that only works hard.</summary>
public sealed class StallTests : IAsyncLifetime
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(10);
    private readonly LiveService _service = new();

    public Task InitializeAsync() => _service.InitializeAsync();

    public Task DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task What_the_database_holds_up_is_named_within_ten_seconds_and_well_again_when_it_is_let_go()
    {
        await using var ticks = await SubscribedAsync();

        await HeldAsync(
            ["accounts@1", "positions@1", "candles@2", "latest_prices@1"],
            "lock table read_tables.accounts_1 in access exclusive mode",
            "select from read.checkpoints where projection = 'positions@1' for update",
            "lock table read_tables.candles_2 in access exclusive mode",
            "lock table read_tables.latest_prices_1 in access exclusive mode"
        );
        await HeldAsync(
            ["journal", "market", "feed-demo"],
            "select from eventstore.journal_lock for update",
            "select from eventstore.market_lock for update"
        );
    }

    [Fact]
    public async Task A_disk_that_is_full_is_named_and_so_is_a_follower_that_takes_nothing_more()
    {
        await using var ticks = await SubscribedAsync();
        // Never disposed of: whoever waits on it may outlive the test.
        var release = new ManualResetEventSlim();
        _service.Running.Services.GetRequiredService<JournalFeed>().Join(new Stubborn(release));
        _service.Sandbox.Control.MoveCash(long.Parse(LiveService.Account), 1m);
        await Eventually.Be(() => Stubborn.Blocked);
        await ExecuteAsync(
            """
            create function full_disk() returns trigger language plpgsql as
              $f$ begin raise exception 'no space left on device' using errcode = '53100'; end $f$;
            create trigger full_disk before insert on eventstore.journal execute function full_disk()
            """
        );

        await NamedAsync("journal ", "journal follower");

        release.Set();
        await ExecuteAsync("drop trigger full_disk on eventstore.journal");

        await WellAsync();
    }

    [Fact]
    public async Task A_broker_that_falls_silent_is_named_but_other_work_may_still_be_sent_here()
    {
        _service.Sandbox.Control.Links.Stall();

        await Eventually.Be(async () => (await StuckAsync()).Any(part => part.StartsWith("session")), Promised);

        (await ReadyAsync()).StatusCode.Should().Be(HttpStatusCode.OK);
        _service.Sandbox.Control.Links.Stall(false);
    }

    [Fact]
    public async Task Quotes_that_nobody_can_serve_are_named()
    {
        _service.Sandbox.Control.Links.RefuseLogins("CH_SERVER_NOT_REACHABLE");
        await using var ticks = await SubscribedAsync();

        _service.Sandbox.Control.Links.Drop();

        await Eventually.Be(async () => (await StuckAsync()).Any(part => part.StartsWith("feed feed-demo")), Promised);
        (await ReadyAsync()).StatusCode.Should().Be(HttpStatusCode.OK, "that is the broker's outage");
    }

    [Fact]
    public async Task Hard_work_alone_raises_no_alarm()
    {
        var seconds = int.Parse(Environment.GetEnvironmentVariable("STALL_LOAD_SECONDS") ?? "15");
        var vitals = _service.Running.Services.GetRequiredService<Vitals>();
        var alarms = new List<Vital>();
        var sandbox = _service.Sandbox.Control;
        await using var ticks = await SubscribedAsync();
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; Stopwatch.GetElapsedTime(began).TotalSeconds < seconds; round++)
        {
            for (var i = 0; i < 200; i++)
            {
                sandbox.SetPrice("EURUSD", 1.1m + (i * 0.00001m), 1.2m + (round % 100 * 0.00001m));
            }

            for (var i = 0; i < 10; i++)
            {
                sandbox.MoveCash(long.Parse(LiveService.Account), 1m + i).Accepted.Should().BeTrue();
            }

            alarms.AddRange(vitals.Read().Where(part => part.State == VitalState.Stuck));
            (await ReadyAsync()).StatusCode.Should().Be(HttpStatusCode.OK);
        }

        alarms.Should().BeEmpty();
    }

    [Fact]
    public async Task A_market_that_is_closed_raises_no_alarm()
    {
        await using var ticks = await SubscribedAsync();
        _service.Sandbox.Control.Freeze(null, true);
        var began = Stopwatch.GetTimestamp();

        await Eventually.Be(
            async () =>
            {
                (await StuckAsync()).Should().BeEmpty();
                return Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(14);
            },
            TimeSpan.FromSeconds(30)
        );
    }

    private async Task<SocketClient> SubscribedAsync()
    {
        var ticks = await SocketClient.ConnectAsync(_service.Address, "/ws", Tokens.For(LiveService.UserId));
        await ticks.SendAsync("""{"type":"subscribe","symbol":"EURUSD"}""");
        await ticks.UntilAsync("tick");
        return ticks;
    }

    /// <summary>While these locks are held, the parts show as stuck; then all is well again.</summary>
    private async Task HeldAsync(string[] names, params string[] holds)
    {
        await using (var connection = await _service.Database.DataSource.OpenConnectionAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            foreach (var hold in holds)
            {
                await using var command = new NpgsqlCommand(hold, connection);
                await command.ExecuteNonQueryAsync();
            }

            await NamedAsync(names);
            await transaction.RollbackAsync();
        }

        await WellAsync();
    }

    private async Task NamedAsync(params string[] names)
    {
        var account = long.Parse(LiveService.Account);
        _service.Sandbox.Control.MoveCash(account, 1m);
        _service.Sandbox.Control.PlaceOrder(account, new() { Symbol = "EURUSD", Volume = 1_000_000 });
        _service.Sandbox.Control.SetPrice("EURUSD", 1.1m, 1.2m);
        IReadOnlyList<string> problems = [];
        await Eventually.Be(
            async () =>
            {
                var answer = await ReadyAsync();
                var body = await answer.JsonAsync();
                problems = [.. body["problems"]!.AsArray().Select(one => one!.GetValue<string>())];
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable
                    && names.All(name => problems.Any(one => one.StartsWith(name) && one.Contains("stuck since")));
            },
            Promised,
            string.Join(" and ", names)
        );
    }

    private Task WellAsync() =>
        Eventually.Be(
            async () => (await ReadyAsync()).StatusCode == HttpStatusCode.OK,
            TimeSpan.FromSeconds(30),
            "all is well again"
        );

    private async Task<IReadOnlyList<string>> StuckAsync() =>
        [
            .. (await (await ReadyAsync()).JsonAsync())["parts"]!
                .AsArray()
                .Where(part => Word(part, "state") == "stuck")
                .Select(part => $"{Word(part, "kind")} {Word(part, "name")}: {Word(part, "detail")}"),
        ];

    private static string Word(JsonNode? part, string name) => part![name]!.GetValue<string>();

    private async Task<HttpResponseMessage> ReadyAsync()
    {
        using var client = _service.Anonymous();
        return await client.GetAsync("/health/ready");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _service.Database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Stubborn(ManualResetEventSlim release) : IJournalObserver
    {
        public static bool Blocked { get; private set; }

        public void Observe(RecordedEvent recorded)
        {
            Blocked = true;
            release.Wait(TimeSpan.FromSeconds(30));
        }
    }
}
