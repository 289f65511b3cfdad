using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Sessions;
using Trading.EventStore;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class StateTests(TradedDatabase traded) : IClassFixture<TradedDatabase>
{
    [Fact]
    public async Task An_account_is_shown_as_it_was_at_an_offset_and_valued_at_the_prices_of_that_time()
    {
        var state = await StateAsync($"--at={traded.Marks["opened"]}");

        state.GetProperty("asOf").GetProperty("offset").GetInt64().Should().Be(traded.Marks["opened"]);
        var account = state.GetProperty("account");
        account.GetProperty("balance").GetDecimal().Should().Be(10_000m);
        account.GetProperty("positions").GetInt32().Should().Be(1);
        var position = state.GetProperty("positions")[0];
        position.GetProperty("currentPrice").GetDecimal().Should().Be(1.1m);
        account
            .GetProperty("equity")
            .GetDecimal()
            .Should()
            .Be(10_000m + position.GetProperty("unrealizedProfit").GetDecimal());
        state.GetProperty("prices")[0].GetProperty("offset").GetInt64().Should().Be(1);
    }

    [Fact]
    public async Task A_time_and_no_moment_at_all_are_understood_as_well()
    {
        var deposit = await traded.Logs.Journal.FindAsync(new(traded.Marks["deposited"]), default);

        var then = await StateAsync($"--at={deposit!.RecordedAt.ToString("O", CultureInfo.InvariantCulture)}");
        var now = await StateAsync();

        then.GetProperty("asOf").GetProperty("offset").GetInt64().Should().Be(traded.Marks["deposited"]);
        then.GetProperty("account").GetProperty("balance").GetDecimal().Should().Be(10_250m);
        then.GetProperty("positions")[0].GetProperty("currentPrice").GetDecimal().Should().Be(1.2m);
        now.GetProperty("asOf").GetProperty("offset").GetInt64().Should().Be(traded.Marks["closed"]);
        now.GetProperty("positions").GetArrayLength().Should().Be(0);
        now.GetProperty("orders")[0].GetProperty("limitPrice").GetDecimal().Should().Be(1.3m);
    }

    [Fact]
    public async Task Every_figure_names_its_event_and_with_why_the_brokers_words_are_shown()
    {
        var state = await StateAsync($"--at={traded.Marks["placed"]}", "--why");

        var why = state.GetProperty("why");
        var deposited = why.GetProperty("balance").GetInt64();
        deposited.Should().BeGreaterThan(traded.Marks["opened"]).And.BeLessThanOrEqualTo(traded.Marks["deposited"]);
        why.GetProperty("equity").GetInt64().Should().Be(deposited);
        why.GetProperty($"positions.{traded.Position}.volume")
            .GetInt64()
            .Should()
            .BeLessThanOrEqualTo(traded.Marks["opened"]);
        var events = state.GetProperty("events").EnumerateArray().ToList();
        events
            .Select(one => one.GetProperty("offset").GetInt64())
            .Should()
            .Equal(why.EnumerateObject().Select(one => one.Value.GetInt64()).Distinct().Order());
        events
            .Single(one => one.GetProperty("offset").GetInt64() == deposited)
            .GetProperty("data")
            .GetProperty("balance")
            .GetDecimal()
            .Should()
            .Be(10_250m);
        events.Where(one => one.TryGetProperty("broker", out _)).Should().NotBeEmpty();
    }

    [Fact]
    public async Task A_session_is_folded_by_its_own_rules()
    {
        var run = await traded.RunAsync(
            "state",
            $"--stream=session-{traded.User}",
            $"--at={traded.Marks["opened"]}",
            "--json"
        );

        run.ExitCode.Should().Be(0, run.Error);
        var state = run.Objects.Single();
        state.GetProperty("phase").GetString().Should().Be("live");
        var book = state.GetProperty("state").GetProperty("book");
        book.GetProperty("balance").GetDecimal().Should().Be(10_000m);
        book.GetProperty("positions")[0].GetProperty("positionId").GetString().Should().Be(traded.Position);
        var expected = SessionState.Initial;
        await foreach (
            var recorded in traded.Logs.Journal.ReadStreamAsync(
                StreamName.Of("session", traded.User.Value),
                StreamVersion.None,
                default
            )
        )
        {
            expected =
                recorded.Offset.Value <= traded.Marks["opened"]
                    ? SessionEvolve.Apply(expected, recorded.Decode(), recorded.OccurredAt)
                    : expected;
        }

        book.GetProperty("watermarkMs").GetInt64().Should().Be(expected.Book!.WatermarkMs);
    }

    [Fact]
    public async Task A_feed_is_folded_by_its_own_rules_as_well()
    {
        var hole = await traded.RunAsync("state", "--stream=feed-demo", $"--at={traded.Marks["hole"]}");
        var filled = await traded.RunAsync("state", "--stream=feed-demo");

        hole.ExitCode.Should().Be(0, hole.Error);
        var then = hole.Objects.Single().GetProperty("state");
        then.GetProperty("open").GetProperty("reason").GetString().Should().Be("link_lost");
        var now = filled.Objects.Single().GetProperty("state");
        now.GetProperty("open").ValueKind.Should().Be(JsonValueKind.Null);
        now.GetProperty("pending").GetArrayLength().Should().Be(0);
        now.GetProperty("holes").GetInt64().Should().Be(1);
        now.GetProperty("settled").GetProperty("EURUSD").GetInt64().Should().Be(5_000);
    }

    [Fact]
    public async Task An_account_alone_is_enough_while_one_user_has_it_and_otherwise_they_are_named()
    {
        await using var own = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(own.ConnectionString);
        var connection = $"--connection={own.ConnectionString}";
        await Journal.AppendAsync(logs, Journal.Ann, new AccountSelected { AccountId = "1" }, Journal.Balance(5m));
        var alone = await ToolProcess.RunAsync("state", "--account=1", connection);
        var changed = await ToolProcess.RunAsync("diff", "--account=1", "--from=0", connection);
        await Journal.AppendAsync(logs, Journal.Bob, new AccountSelected { AccountId = "1" });
        var shared = await ToolProcess.RunAsync("state", "--account=1", connection);

        alone.ExitCode.Should().Be(0, alone.Error);
        alone.Objects.Single().GetProperty("user").GetString().Should().Be(Journal.Ann.Value);
        changed.ExitCode.Should().Be(1, changed.Error);
        shared.ExitCode.Should().Be(2);
        shared.Error.Should().Contain("--user").And.Contain(Journal.Ann.Value).And.Contain(Journal.Bob.Value);
    }

    [Theory]
    [InlineData("", "--user")]
    [InlineData("--user=nobody@example.com", "no such account")]
    [InlineData("--user=nobody@example.com", "Nobody is known here as nobody@example.com")]
    [InlineData("--account=nowhere", "Nobody has an account nowhere")]
    [InlineData("--user=trader@example.com --at=0", "no such account")]
    [InlineData("--user=trader@example.com --account=other", "no such account")]
    [InlineData("--user=trader@example.com --at=999999", "has not come yet")]
    [InlineData("--user=trader@example.com --at=2999-01-01", "has not come yet")]
    [InlineData("--user=trader@example.com --at=noon", "ISO 8601")]
    [InlineData("--stream=session-nobody", "no event")]
    [InlineData("--stream=nodash", "category-id")]
    public async Task What_cannot_be_shown_ends_with_2_and_says_why(string options, string why)
    {
        var run = await traded.RunAsync(["state", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain(why);
        run.Output.Should().BeEmpty();
    }

    [Fact]
    public async Task The_difference_of_two_moments_is_told_event_by_event_and_taken_together()
    {
        var run = await traded.RunAsync(
            "diff",
            $"--user={TradedDatabase.Email}",
            $"--from={traded.Marks["opened"]}",
            $"--to={traded.Marks["placed"]}",
            "--json"
        );

        run.ExitCode.Should().Be(1, run.Error);
        var steps = run.Objects.SkipLast(1).ToList();
        steps.Should().HaveCountGreaterThan(1);
        steps
            .Select(step => step.GetProperty("offset").GetInt64())
            .Should()
            .BeInAscendingOrder()
            .And.OnlyContain(offset => offset > traded.Marks["opened"] && offset <= traded.Marks["placed"]);
        var balance = steps
            .Select(step => step.GetProperty("changes"))
            .Single(changes => changes.TryGetProperty("balance", out _))
            .GetProperty("balance");
        balance.GetProperty("before").GetDecimal().Should().Be(10_000m);
        balance.GetProperty("after").GetDecimal().Should().Be(10_250m);

        var summary = run.Objects[^1].GetProperty("summary");
        summary.GetProperty("changes").GetProperty("balance").GetProperty("after").GetDecimal().Should().Be(10_250m);
        // 10,000 units gained 0.1 each while 250 came in.
        var equity = summary.GetProperty("equityChange");
        equity.GetProperty("byEvents").GetDecimal().Should().Be(250m);
        equity.GetProperty("byPrices").GetDecimal().Should().Be(1_000m);
        var total = summary.GetProperty("changes").GetProperty("equity");
        (total.GetProperty("after").GetDecimal() - total.GetProperty("before").GetDecimal()).Should().Be(1_250m);
    }

    [Fact]
    public async Task Any_aggregate_has_its_differences_told_by_the_fields_that_state_shows()
    {
        var stream = $"--stream=session-{traded.User}";
        var from = $"--from={traded.Marks["opened"]}";

        var run = await traded.RunAsync("diff", stream, from, $"--to={traded.Marks["placed"]}", "--why");

        run.ExitCode.Should().Be(1, run.Error);
        var steps = run.Objects.SkipLast(1).ToList();
        steps
            .Select(step => step.GetProperty("offset").GetInt64())
            .Should()
            .BeInAscendingOrder()
            .And.OnlyContain(offset => offset > traded.Marks["opened"] && offset <= traded.Marks["placed"]);
        var deposit = steps.Single(step => step.GetProperty("changes").TryGetProperty("state.book.balance", out _));
        var balance = deposit.GetProperty("changes").GetProperty("state.book.balance");
        balance.GetProperty("before").GetDecimal().Should().Be(10_000m);
        balance.GetProperty("after").GetDecimal().Should().Be(10_250m);
        deposit.GetProperty("event").GetProperty("type").GetString().Should().Contain("BalanceChanged");
        var summary = run.Objects[^1].GetProperty("summary");
        summary.GetProperty("changes").EnumerateObject().Select(one => one.Name).Should().Contain("state.book.balance");
        summary.TryGetProperty("equityChange", out _).Should().BeFalse();
        var same = await traded.RunAsync("diff", stream, from, $"--to={traded.Marks["opened"]}");
        same.ExitCode.Should().Be(0, same.Error);
    }

    [Theory]
    [InlineData("feed-demo", "state.open.reason", "link_lost", null)]
    [InlineData("operations-accounts", "last.CheckpointMoved.data.reason", "the first time", "the second time")]
    public async Task A_stream_of_no_user_is_compared_too(string stream, string path, string before, string? after)
    {
        var run = await traded.RunAsync(
            "diff",
            $"--stream={stream}",
            $"--from={traded.Marks["hole"]}",
            $"--to={traded.Marks["filled"]}"
        );

        run.ExitCode.Should().Be(1, run.Error);
        var change = run.Objects[^1].GetProperty("summary").GetProperty("changes").GetProperty(path);
        change.GetProperty("before").GetString().Should().Be(before);
        change.GetProperty("after").GetString().Should().Be(after);
    }

    [Theory]
    [InlineData("", "--user")]
    [InlineData("--user=trader@example.com --stream=feed-demo", "--user")]
    [InlineData("--stream=session-nobody", "no event")]
    [InlineData("--stream=nodash", "category-id")]
    public async Task What_cannot_be_compared_ends_with_2_and_says_why(string options, string why)
    {
        var run = await traded.RunAsync([
            "diff",
            "--from=1",
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ]);

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain(why);
        run.Output.Should().BeEmpty();
    }

    [Fact]
    public async Task A_moment_does_not_differ_from_itself()
    {
        var at = traded.Marks["placed"];

        var run = await traded.RunAsync("diff", $"--user={traded.User}", $"--from={at}", $"--to={at}");

        run.ExitCode.Should().Be(0, run.Error);
        run.Objects.Should()
            .ContainSingle()
            .Which.GetProperty("summary")
            .GetProperty("changes")
            .EnumerateObject()
            .Should()
            .BeEmpty();
    }

    [Fact]
    public async Task Moments_in_the_wrong_order_end_with_2()
    {
        var run = await traded.RunAsync("diff", $"--user={traded.User}", "--from=5", "--to=4");

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain("lies after");
    }

    [Theory]
    [InlineData("state", "--at=2026-01-15T12:00:00Z")]
    [InlineData("diff", "--from=120000")]
    public async Task Help_teaches_by_examples(string verb, string example)
    {
        var run = await ToolProcess.RunAsync(verb, "--help");

        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain(example).And.Contain("Exit code");
    }

    private async Task<JsonElement> StateAsync(params string[] options)
    {
        var run = await traded.RunAsync(["state", $"--user={TradedDatabase.Email}", .. options]);
        run.ExitCode.Should().Be(0, run.Error);
        return run.Objects.Single();
    }
}
