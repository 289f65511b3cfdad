using System.Diagnostics;
using System.Text.Json;
using FluentAssertions;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.EventStore;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class EventsTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>, IAsyncLifetime
{
    private PostgresLogs _logs = null!;

    private string Connection => $"--connection={database.ConnectionString}";

    public async Task InitializeAsync()
    {
        _logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        if ((await _logs.Journal.HeadAsync(default)).Value > 0)
        {
            return;
        }

        await Journal.AppendAsync(
            _logs,
            Journal.Ann,
            new SessionStarted { UserKey = Journal.Ann.Value, Broker = "ctrader" },
            Journal.Balance(100.50m),
            Journal.Position("EURUSD")
        );
        await Journal.AppendAsync(_logs, Journal.Bob, Journal.Balance(7m), Journal.Position("XAUUSD"));
        await Journal.AppendTicksAsync(
            _logs,
            "demo",
            Journal.Tick("EURUSD", 1.08543m, 1),
            Journal.Tick("XAUUSD", 2650.1m, 2),
            Journal.Tick("EURUSD", 1.0854m, 3)
        );
        await Journal.AppendTicksAsync(_logs, "live", Journal.Tick("EURUSD", 1.1m, 4), Journal.Tick("EURUSD", 1.2m, 5));
    }

    public async Task DisposeAsync() => await _logs.DisposeAsync();

    [Fact]
    public async Task The_journal_is_printed_in_order_one_object_a_line()
    {
        var run = await ToolProcess.RunAsync("events", Connection);

        run.ExitCode.Should().Be(0, run.Error);
        run.Objects.Select(line => line.GetProperty("offset").GetInt64()).Should().Equal(1, 2, 3, 4, 5);
        var balance = run.Objects[1];
        balance.GetProperty("stream").GetString().Should().Be($"session-{Journal.Ann}");
        balance.GetProperty("version").GetInt64().Should().Be(2);
        balance.GetProperty("type").GetString().Should().Be("trading.account.v1.BalanceChanged");
        balance.GetProperty("user").GetString().Should().Be(Journal.Ann.Value);
        balance.GetProperty("occurredAt").GetDateTimeOffset().Should().Be(Journal.Noon);
        balance.GetProperty("data").GetProperty("balance").GetRawText().Should().Be("100.50");
        balance.GetProperty("data").GetProperty("source").GetProperty("body").GetString().Should().Be("Bwc=");
    }

    [Theory]
    [InlineData("--type=BalanceChanged", new long[] { 2, 4 })]
    [InlineData("--type=balancechanged --type=SessionStarted", new long[] { 1, 2, 4 })]
    [InlineData("--type=trading.position.v1.PositionOpened", new long[] { 3, 5 })]
    [InlineData("--type=trading.later.v7.Unheard", new long[] { })]
    [InlineData("--symbol=xau/usd", new long[] { 5 })]
    [InlineData("--user=Bob@Example.com", new long[] { 4, 5 })]
    [InlineData("--from=2 --to=4", new long[] { 2, 3, 4 })]
    [InlineData("--from=3 --limit=1", new long[] { 3 })]
    [InlineData("--from=6", new long[] { })]
    [InlineData("--symbol=XAUUSD --to=4", new long[] { })]
    public async Task The_journal_is_filtered(string options, long[] offsets)
    {
        var run = await ToolProcess.RunAsync(["events", Connection, .. options.Split(' ')]);

        run.ExitCode.Should().Be(0, run.Error);
        run.Objects.Select(line => line.GetProperty("offset").GetInt64()).Should().Equal(offsets);
    }

    [Fact]
    public async Task One_stream_is_read_by_its_name()
    {
        var run = await ToolProcess.RunAsync(
            "events",
            Connection,
            $"--stream=session-{Journal.Bob}",
            "--without-source"
        );

        run.Objects.Select(line => line.GetProperty("offset").GetInt64()).Should().Equal(4, 5);
        run.Objects[0].GetProperty("data").TryGetProperty("source", out _).Should().BeFalse();
    }

    [Fact]
    public async Task A_user_is_found_by_the_address_that_the_journal_holds_hashed()
    {
        await using var own = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(own.ConnectionString);
        await Journal.AppendAsync(
            logs,
            Journal.Ann,
            new UserIdentified { UserKey = Journal.Ann.Value, EmailKey = UserKey.Of("ann@work.example").Value }
        );
        await Journal.AppendAsync(logs, Journal.Bob, Journal.Balance(1m));

        var run = await ToolProcess.RunAsync(
            "events",
            $"--connection={own.ConnectionString}",
            "--user=Ann@Work.example"
        );

        run.Objects.Should().ContainSingle().Which.GetProperty("offset").GetInt64().Should().Be(1);
    }

    [Theory]
    [InlineData("GBPUSD_SB", 1)]
    [InlineData("gbpusdsb", 2)]
    [InlineData("gbpusd_sb", 1)]
    [InlineData("eur_chf", 3)]
    [InlineData("US30.CASH", 4)]
    [InlineData("UNLISTED_X", 5)]
    public async Task A_symbol_is_meant_by_the_name_that_its_broker_lists(string written, long offset)
    {
        await using var own = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(own.ConnectionString);
        string[] listed = ["GBPUSD_SB", "GBPUSDSB", "EUR/CHF", "US30.cash"];
        await Journal.AppendAsync(
            logs,
            Journal.Ann,
            new SymbolsListed { Symbols = { listed.Select(name => new SymbolSpecification { Name = name }) } }
        );
        await Journal.AppendTicksAsync(
            logs,
            "demo",
            [.. listed.Append("UNLISTED_X").Select((name, at) => Journal.Tick(name, 1.1m, at))]
        );

        var run = await ToolProcess.RunAsync(
            "events",
            $"--connection={own.ConnectionString}",
            "--log=market",
            $"--symbol={written}"
        );

        run.Objects.Select(tick => tick.GetProperty("offset").GetInt64()).Should().Equal(offset);
    }

    [Fact]
    public async Task Every_tick_of_a_symbol_is_printed_with_its_offset_and_exact_prices()
    {
        var run = await ToolProcess.RunAsync("events", "--log=market", "--symbol=EURUSD", Connection);

        run.ExitCode.Should().Be(0, run.Error);
        run.Objects.Select(tick => tick.GetProperty("offset").GetInt64()).Should().Equal(1, 3, 4, 5);
        run.Objects.Select(tick => tick.GetProperty("bid").GetRawText())
            .Should()
            .Equal("1.08543", "1.0854", "1.1", "1.2");
        run.Objects[0].GetProperty("ask").GetRawText().Should().Be("1.08555");
        run.Objects[0].GetProperty("timestampMs").GetInt64().Should().Be(1);
        run.Objects[3].GetProperty("stream").GetString().Should().Be("feed-live");
    }

    [Theory]
    [InlineData("--from=2 --to=4", new long[] { 2, 3, 4 })]
    [InlineData("--limit=2", new long[] { 1, 2 })]
    [InlineData("--stream=feed-live", new long[] { 4, 5 })]
    public async Task The_market_log_is_filtered(string options, long[] offsets)
    {
        var run = await ToolProcess.RunAsync(["events", "--log=market", Connection, .. options.Split(' ')]);

        run.ExitCode.Should().Be(0, run.Error);
        run.Objects.Select(tick => tick.GetProperty("offset").GetInt64()).Should().Equal(offsets);
    }

    [Theory]
    [InlineData("--type=Nonsense", "No event is called 'Nonsense'")]
    [InlineData("--log=ledger", "ledger")]
    [InlineData("--from=0", "--from is a whole number from 1 on")]
    [InlineData("--from=two", "--from is a whole number from 1 on: not 'two'")]
    [InlineData("--log=market --to=1.5e99", "--to is a whole number")]
    [InlineData("--limit=-1", "--limit is a whole number")]
    [InlineData("--from=3 --to=2", "--from=3 lies after --to=2")]
    [InlineData("--since=2026-02-01 --until=2026-01-01", "--since=2026-02-01 lies after --until=2026-01-01")]
    [InlineData("--since=02-01-2026", "--since is an ISO 8601 time")]
    [InlineData("--log=ledger --limit=1", "--log: ")]
    [InlineData("--stream=nodash", "category-id")]
    [InlineData("--user=nobody@example.com", "Nobody is known here as nobody@example.com")]
    [InlineData("--user=7f8d1c3e-52b4-4d0a-9c61-0de3000000ff", "Nobody is known here as 7f8d1c3e")]
    [InlineData("--stream=session-nobody", "There is no stream session-nobody in the journal")]
    [InlineData("--symbol=NOPE", "There is no symbol NOPE in this log")]
    [InlineData("--symbol=NOPE --from=2 --to=3", "There is no symbol NOPE in this log")]
    [InlineData("--log=market --symbol=NOPE", "There is no symbol NOPE in this log")]
    [InlineData("--log=market --stream=feed-nowhere", "There is no stream feed-nowhere in the market log")]
    [InlineData("--log=market --user=ann", "--type and --user belong to the journal")]
    [InlineData("--frm=1", "--frm")]
    public async Task A_question_that_cannot_be_answered_ends_with_2_and_says_why(string options, string why)
    {
        var run = await ToolProcess.RunAsync(["events", Connection, .. options.Split(' ')]);

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain(why);
        run.Output.Should().BeEmpty();
    }

    [Fact]
    public async Task A_database_that_is_not_there_ends_with_2()
    {
        var run = await ToolProcess.RunAsync(
            "events",
            "--connection=Host=127.0.0.1;Port=1;Username=x;Password=verysecret"
        );

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain("did not answer").And.NotContain("verysecret");
    }

    [Fact]
    public async Task A_database_that_refuses_is_not_said_to_be_silent()
    {
        var login = $"plain_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using (var make = source.CreateCommand($"create role {login} login password 'verysecret'"))
        {
            await make.ExecuteNonQueryAsync();
        }

        var plain = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = login };
        plain.Password = "verysecret";
        var denied = await ToolProcess.RunAsync("events", $"--connection={plain.ConnectionString}");
        plain.Database = "nowhere";
        var missing = await ToolProcess.RunAsync("export", $"--connection={plain.ConnectionString}");
        await using (var drop = source.CreateCommand($"drop role {login}"))
        {
            await drop.ExecuteNonQueryAsync();
        }

        (denied.ExitCode, missing.ExitCode).Should().Be((2, 2));
        denied.Error.Should().StartWith("The login may not do that").And.Contain("trading_reader");
        missing.Error.Should().StartWith("The database refused").And.Contain("nowhere").And.NotContain("verysecret");
    }

    [Fact]
    public async Task A_database_without_logs_ends_with_2()
    {
        await using var empty = await PostgresDatabase.CreateAsync();

        var run = await ToolProcess.RunAsync("events", $"--connection={empty.ConnectionString}");

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain("no logs");
    }

    [Fact]
    public async Task A_folder_without_a_cluster_ends_with_2_and_says_what_to_give()
    {
        var run = await ToolProcess.RunAsync("events", "--data=nowhere-at-all");

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain("--data").And.Contain("TRADING_POSTGRES");
    }

    [Fact]
    public async Task Following_prints_what_is_committed_later()
    {
        using var follower = ToolProcess.Start("events", Connection, "--follow", "--log=market", "--from=5");
        try
        {
            var last = JsonDocument.Parse((await follower.StandardOutput.ReadLineAsync())!).RootElement;
            last.GetProperty("offset").GetInt64().Should().Be(5);

            await Journal.AppendTicksAsync(_logs, "follow", Journal.Tick("GBPUSD", 1.3m, 6));
            var next = JsonDocument.Parse((await follower.StandardOutput.ReadLineAsync())!).RootElement;
            next.GetProperty("symbol").GetString().Should().Be("GBPUSD");
        }
        finally
        {
            follower.Kill();
        }
    }

    [Fact]
    public async Task A_reader_that_has_seen_enough_ends_the_work_quietly()
    {
        await using var own = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(own.ConnectionString);
        // Far more than a pipe holds.
        var ticks = Enumerable.Range(0, 50_000).Select(i => Journal.Tick("EURUSD", 1m + (i * 0.00001m), i)).ToArray();
        await Journal.AppendTicksAsync(logs, "demo", ticks);

        using var process = ToolProcess.Start("events", "--log=market", $"--connection={own.ConnectionString}");
        await process.StandardOutput.ReadLineAsync();
        process.StandardOutput.Close();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        process.ExitCode.Should().Be(0);
        error.Should().BeEmpty();
    }

    [Theory]
    [InlineData("events")]
    [InlineData("events --log=market")]
    [InlineData("verify")]
    [InlineData("export")]
    public async Task Output_that_cannot_be_written_ends_with_2_and_without_a_stack_trace(string words)
    {
        if (!File.Exists("/dev/full"))
        {
            return;
        }

        using var process = Process.Start(
            new ProcessStartInfo(
                "sh",
                [
                    "-c",
                    "exec dotnet \"$@\" >/dev/full",
                    "sh",
                    typeof(ToolException).Assembly.Location,
                    .. words.Split(' '),
                    Connection,
                ]
            )
            {
                RedirectStandardError = true,
            }
        )!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        process.ExitCode.Should().Be(2);
        error.Should().Contain("No space left").And.NotContain("   at ");
    }

    [Fact]
    public async Task Help_shows_examples()
    {
        var run = await ToolProcess.RunAsync("events", "--help");

        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain("--log=market --symbol=EURUSD");
    }
}
