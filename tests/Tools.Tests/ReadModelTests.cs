using FluentAssertions;
using Google.Protobuf;
using Npgsql;
using Trading.Domain.Events;
using Trading.EventStore;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

/// <summary>The verbs about read models, against a database whose projections run in the test's own process.</summary>
public sealed class ReadModelTests : IAsyncLifetime
{
    private static readonly BalanceChanged Unreadable = new()
    {
        AccountId = "1",
        Balance = new() { Unscaled = 1, Scale = 200 },
    };

    private RunningReadModels _models = null!;

    private string Connection => _models.Connection;

    public async Task InitializeAsync()
    {
        _models = await RunningReadModels.StartAsync();
        await GivenAsync(Journal.Balance(1m), Journal.Balance(2m));
    }

    public async Task DisposeAsync() => await _models.DisposeAsync();

    [Fact]
    public async Task A_read_model_is_rebuilt_verified_and_gone_back_from()
    {
        var rebuilt = await ToolProcess.RunAsync("rebuild", "accounts", "--verify", "--json", Connection);
        rebuilt.ExitCode.Should().Be(0, rebuilt.Output + rebuilt.Error);
        var result = rebuilt.Objects.Single();
        result.GetProperty("state").GetString().Should().Be("done");
        result.GetProperty("verified").GetBoolean().Should().BeTrue();
        result.GetProperty("generation").GetInt32().Should().Be(2);
        result.GetProperty("checkpoint").GetInt64().Should().Be(2, "readers see all of the log at once");
        await GivenAsync(Journal.Balance(3m));
        (await BalanceAsync()).Should().Be(3m);

        var back = await ToolProcess.RunAsync("rebuild", "accounts", "--rollback", Connection);
        back.ExitCode.Should().Be(0, back.Error);
        (await BalanceAsync()).Should().Be(3m);
        var again = await ToolProcess.RunAsync("rebuild", "accounts", "--drop-previous", Connection);
        again.Output.Should().Contain("dropped");
        var nowhere = await ToolProcess.RunAsync("rebuild", "accounts", "--rollback", Connection);
        nowhere.ExitCode.Should().Be(2);
        nowhere.Error.Should().Contain("no earlier table");
    }

    [Fact]
    public async Task All_are_rebuilt_several_at_a_time()
    {
        var run = await ToolProcess.RunAsync("rebuild", "--all", "--parallel=3", "--json", Connection);

        run.ExitCode.Should().Be(0, run.Output + run.Error);
        run.Objects.Should().HaveCount(9).And.OnlyContain(one => one.GetProperty("state").GetString() == "done");
    }

    [Fact]
    public async Task Killed_in_the_middle_a_rebuild_goes_on_from_what_was_committed()
    {
        await FillAsync(40_000);
        await using var reader = await _models.Database.DataSource.OpenConnectionAsync();
        await using var reading = await ReadOnAsync(reader);
        using var killed = ToolProcess.Start("rebuild", "accounts", Connection);
        await RebuildHasBegunAsync();
        killed.Kill();
        await killed.WaitForExitAsync();
        await reading.CommitAsync();
        var left = await _models.ScalarAsync<long>(
            "select coalesce(max(at_offset), 0) from read.checkpoints where projection = 'accounts@2'"
        );

        var again = await ToolProcess.RunAsync("rebuild", "accounts", "--json", Connection);

        again.ExitCode.Should().Be(0, again.Output + again.Error);
        again.Objects.Single().GetProperty("generation").GetInt32().Should().Be(2, $"it went on from {left}");
        (await ToolProcess.RunAsync("compare", "accounts", Connection)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Ctrl_C_ends_a_rebuild_soon_and_it_goes_on_or_is_given_up()
    {
        await using var reader = await _models.Database.DataSource.OpenConnectionAsync();
        await using (var reading = await ReadOnAsync(reader))
        {
            using var rebuild = ToolProcess.Start("rebuild", "accounts", Connection);
            await RebuildHasBegunAsync();

            var interrupted = await ToolProcess.InterruptAsync(rebuild);

            interrupted.ExitCode.Should().Be(130);
            interrupted.Error.Should().Contain("run it again to go on, or with --cancel to give it up");
        }

        await GivenAsync(Journal.Balance(3m));
        (await BalanceAsync()).Should().Be(3m, "the live table is as it was, and goes on");
        var again = await ToolProcess.RunAsync("rebuild", "accounts", "--json", Connection);
        again.ExitCode.Should().Be(0, again.Output + again.Error);
        again.Objects.Single().GetProperty("generation").GetInt32().Should().Be(2, "it went on with that one");
        (await BalanceAsync()).Should().Be(3m);
    }

    [Fact]
    public async Task A_comparison_names_the_rows_that_are_not_what_the_log_says()
    {
        (await ToolProcess.RunAsync("compare", "accounts", Connection)).ExitCode.Should().Be(0);
        await _models.ExecuteAsync("update read_tables.accounts_1 set balance = 99");

        var run = await ToolProcess.RunAsync("compare", "accounts", "--json", Connection);

        run.ExitCode.Should().Be(1, run.Error);
        var row = run.Objects.Single().GetProperty("first")[0];
        row.GetProperty("key")[0].GetString().Should().Be(Journal.Ann.Value);
        row.GetProperty("columns")[0].GetString().Should().Be("balance");
        (await ToolProcess.RunAsync("compare", "accounts", Connection)).Output.Should().Contain("different in balance");
    }

    [Fact]
    public async Task Checkpoints_are_shown_and_moved_only_with_a_reason_that_becomes_an_event()
    {
        var shown = await ToolProcess.RunAsync("checkpoints", "--json", Connection);
        shown.ExitCode.Should().Be(0, shown.Error);
        var accounts = shown.Objects.Single(one => one.GetProperty("projection").GetString() == "accounts");
        accounts.GetProperty("checkpoint").GetInt64().Should().Be(2);
        accounts.GetProperty("gap").GetInt64().Should().Be(0);

        (await ToolProcess.RunAsync("checkpoints", "move", "accounts", "--to=1", Connection)).ExitCode.Should().Be(2);
        var moved = await ToolProcess.RunAsync(
            "checkpoints",
            "move",
            "accounts",
            "--to=1",
            "--reason=lost rows",
            Connection
        );

        moved.ExitCode.Should().Be(0, moved.Error);
        var recorded = await ToolProcess.RunAsync("events", "--stream=operations-accounts", "--json", Connection);
        recorded.Output.Should().Contain("CheckpointMoved").And.Contain("lost rows");
        await GivenAsync(Journal.Balance(4m));
        (await BalanceAsync()).Should().Be(4m);
    }

    [Fact]
    public async Task Parked_streams_are_listed_tried_again_and_skipped_with_a_reason()
    {
        (await ToolProcess.RunAsync("parked", Connection)).ExitCode.Should().Be(0);
        await GivenAsync(Unreadable, Journal.Balance(5m));

        var listed = await ToolProcess.RunAsync("parked", "--projection=accounts", Connection);
        listed.ExitCode.Should().Be(1);
        var stream = listed.Objects.Single().GetProperty("stream").GetString()!;
        listed.Objects.Single().GetProperty("offset").GetInt64().Should().Be(3);
        var retried = await ToolProcess.RunAsync("parked", "retry", "accounts", "--json", Connection);
        retried.ExitCode.Should().Be(0);
        retried.Objects.Single().GetProperty("streams").GetInt32().Should().Be(1);
        (await BalanceAsync()).Should().Be(2m, "it still cannot be folded");

        var skipped = await ToolProcess.RunAsync(
            "parked",
            "skip",
            "accounts",
            $"--stream={stream}",
            "--reason=never was",
            "--json",
            Connection
        );

        skipped.ExitCode.Should().Be(0, skipped.Error);
        skipped.Objects.Single().GetProperty("offset").GetInt64().Should().Be(3);
        await Eventually.Be(async () => await BalanceAsync() == 5m);
        (await ToolProcess.RunAsync("parked", "--projection=accounts", Connection)).ExitCode.Should().Be(0);
        var twice = await ToolProcess.RunAsync(
            "parked",
            "skip",
            "accounts",
            $"--stream={stream}",
            "--reason=never was",
            Connection
        );
        twice.ExitCode.Should().Be(2);
        twice.Error.Should().Contain("not parked");
    }

    [Theory]
    [InlineData("rebuild", "Name one read model")]
    [InlineData("rebuild acounts", "There is no read model called acounts")]
    [InlineData("rebuild accounts --rollback --cancel", "exclude each other")]
    [InlineData("compare acounts", "There is no read model called acounts")]
    [InlineData("checkpoints move accounts --to=99 --reason=x", "The log goes from 0 to 2")]
    [InlineData("checkpoints move accounts --to=end --reason=x", "--to is an offset, a whole number from 0 on")]
    [InlineData("checkpoints move accounts", "'trading-tools checkpoints move --help' explains")]
    [InlineData("rebuild accounts --parallel=9", "--parallel is a whole number, 1 to 8")]
    [InlineData("parked retry accounts --stream=session-nobody", "session-nobody is not parked in accounts")]
    [InlineData("parked skip accounts --stream=nodash --reason=x", "category-id")]
    public async Task What_cannot_be_done_ends_with_2_and_says_why(string words, string why)
    {
        var run = await ToolProcess.RunAsync([.. words.Split(' '), Connection]);

        run.ExitCode.Should().Be(2, run.Output);
        run.Error.Should().Contain(why);
    }

    [Fact]
    public async Task A_database_without_read_models_ends_with_2()
    {
        await using var empty = await PostgresDatabase.CreateAsync();
        await using (await PostgresLogs.OpenAsync(empty.ConnectionString)) { }

        var run = await ToolProcess.RunAsync("checkpoints", $"--connection={empty.ConnectionString}");

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain("no read models");
    }

    private Task GivenAsync(params IMessage[] payloads) => _models.GivenAsync(payloads);

    private async Task FillAsync(int events)
    {
        for (var done = 0; done < events; done += 4_000)
        {
            await Journal.AppendAsync(
                _models.Logs,
                Journal.Bob,
                [.. Enumerable.Range(done, 4_000).Select(number => Journal.Balance(number))]
            );
        }

        await _models.CatchUpAsync();
    }

    // Who reads keeps the swap waiting: a rebuild is in the midst of its work, however fast it is.
    private async Task<NpgsqlTransaction> ReadOnAsync(NpgsqlConnection reader)
    {
        var reading = await reader.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("select count(*) from read.accounts", reader);
        await command.ExecuteScalarAsync();
        return reading;
    }

    private Task RebuildHasBegunAsync() =>
        Eventually.Be(
            async () =>
                await _models.ScalarAsync<long>(
                    "select max(at_offset) from read.checkpoints where projection = 'accounts@2'"
                ) > 0,
            TimeSpan.FromSeconds(30)
        );

    private Task<decimal> BalanceAsync() =>
        _models.ScalarAsync<decimal>($"select balance from read.accounts where user_key = '{Journal.Ann}'");
}
