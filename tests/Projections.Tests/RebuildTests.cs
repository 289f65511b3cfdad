using FluentAssertions;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Market;
using Trading.Projections.Accounts;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;
using Trading.Projections.Tests.Kit;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class RebuildTests : IAsyncLifetime
{
    private ReadSide _side = null!;

    public async Task InitializeAsync()
    {
        _side = await ReadSide.PrepareAsync();
        _side.Run(options: RebuildKit.Impatient);
    }

    public async Task DisposeAsync() => await _side.DisposeAsync();

    [Fact]
    public async Task Readers_see_the_new_table_with_the_same_rows_and_it_follows_the_log_from_there()
    {
        await RandomJournal.AppendAsync(_side.Journal, Seeded.Random(21), 300);
        await _side.CaughtUpAsync(await _side.Journal.HeadAsync(default));
        var before = await _side.DumpJournalAsync();
        using var rebuilds = _side.Rebuilds();

        foreach (var projection in rebuilds.Projections)
        {
            (await rebuilds.DoAsync(projection)).State.Should().Be(RebuildState.Done);
        }

        (await DumpAsync("2")).Should().Be(before, $"seed {Seeded.Seed}");
        await _side.GivenAsync(Some.Alice, [.. Some.Connected(Some.Alice, 7m)]);
        (await new AccountQueries(_side.Sources).FindAsync(Some.Alice, default))!.Balance.Should().Be(7m);
        await Eventually.Be(() =>
            _side
                .Projections.Health()
                .All(one => one.Projection.EndsWith(one.Projection.StartsWith("candles") ? "@3" : "@2"))
        );
        _side.Projections.Health().Should().OnlyContain(one => one.State == ProjectionState.Live);
    }

    [Fact]
    public async Task The_new_table_hides_each_users_rows_from_all_others()
    {
        await RandomJournal.AppendAsync(_side.Journal, new Random(5), 300);
        using var rebuilds = _side.Rebuilds();
        await rebuilds.DoAsync("accounts");
        var user = UserKey.Of("user-1").Value;

        var own = await _side.Sources.Operator.ScalarAsync<long>(
            $"select count(*) from read.accounts where user_key = '{user}'"
        );

        own.Should().BePositive();
        (await _side.Sources.Operator.ScalarAsync<long>("select count(*) from read.accounts"))
            .Should()
            .BeGreaterThan(own);
        foreach (var relation in (string[])["read.accounts", "read_tables.accounts_2"])
        {
            (await _side.Sources.Api.ScalarAsync<long>($"select count(*) from {relation}")).Should().Be(0);
            await using var batch = _side.Sources.Api.CreateBatch();
            batch.BatchCommands.Add(new($"select set_config('app.user_key', '{user}', true)"));
            batch.BatchCommands.Add(new($"select count(*) from {relation}"));
            await using var reader = await batch.ExecuteReaderAsync();
            await reader.NextResultAsync();
            await reader.ReadAsync();
            reader.GetInt64(0).Should().Be(own);
        }

        var write = () => _side.Sources.Api.ScalarAsync<long>("delete from read_tables.accounts_2");
        (await write.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be("42501");
    }

    [Fact]
    public async Task Only_the_table_before_the_live_one_is_kept()
    {
        await _side.GivenAsync(Some.Alice, Some.Connected(Some.Alice));
        using var rebuilds = _side.Rebuilds();

        for (var round = 0; round < 3; round++)
        {
            (await rebuilds.DoAsync("accounts")).State.Should().Be(RebuildState.Done);
        }

        (await _side.TablesAsync("accounts")).Should().Equal("accounts_3", "accounts_4");
        (await rebuilds.DropPreviousAsync("accounts", default)).Should().BeTrue();
        (await _side.TablesAsync("accounts")).Should().Equal("accounts_4");
        (await rebuilds.DropPreviousAsync("accounts", default)).Should().BeFalse();
    }

    [Fact]
    public async Task A_rollback_brings_the_earlier_table_up_to_date_before_readers_see_it()
    {
        await _side.GivenAsync(Some.Alice, Some.Connected(Some.Alice, 1m));
        using var rebuilds = _side.Rebuilds();
        await rebuilds.DoAsync("accounts");
        await _side.GivenAsync(Some.Alice, Some.Balance(2m, 1m));

        var rollback = await rebuilds.DoAsync("accounts", rollback: true);

        (rollback.State, rollback.Kind, rollback.Generation).Should().Be((RebuildState.Done, RebuildKind.Rollback, 1));
        (await new AccountQueries(_side.Sources).FindAsync(Some.Alice, default))!.Balance.Should().Be(2m);
        await _side.GivenAsync(Some.Alice, Some.Balance(3m, 1m));
        (await new AccountQueries(_side.Sources).FindAsync(Some.Alice, default))!.Balance.Should().Be(3m);
        (await rebuilds.DoAsync("accounts", rollback: true)).Generation.Should().Be(2, "there and back again");
    }

    [Fact]
    public async Task There_is_no_way_back_where_nothing_was_before()
    {
        using var rebuilds = _side.Rebuilds();

        var answer = await rebuilds.AskAsync("accounts", new(false, Rollback: true, "a test"), default);

        answer.Should().BeOfType<RebuildAnswer.Refused>().Which.Reason.Should().Contain("no earlier table");
        (await rebuilds.AskAsync("acounts", new(false, false, "a test"), default))
            .Should()
            .BeOfType<RebuildAnswer.Unknown>();
    }

    [Fact]
    public async Task Verified_it_has_been_held_against_a_fresh_fold_that_leaves_nothing_behind()
    {
        await RandomJournal.AppendAsync(_side.Journal, Seeded.Random(22), 300);
        using var rebuilds = _side.Rebuilds();

        var rebuild = await rebuilds.DoAsync("positions", verify: true);

        (rebuild.State, rebuild.Verified).Should().Be((RebuildState.Done, true));
        (await _side.TablesAsync("positions")).Should().Equal("positions_1", "positions_2");
    }

    [Fact]
    public async Task A_table_that_differs_from_a_fresh_fold_is_never_shown()
    {
        await _side.GivenAsync(Some.Alice, Some.Connected(Some.Alice, 1m));
        await _side.GivenAsync(Some.Bob, Some.Connected(Some.Bob, 1m));
        var gate = new GatedLog(_side.Journal, new(10));
        using var rebuilds = _side.Rebuilds(gate);
        var running = await rebuilds.BeginAsync("accounts", verify: true);
        await _side.ReachedAsync("accounts@2", 9);
        await _side.ExecuteAsync("update read_tables.accounts_2 set balance = 99, at_offset = 12 where balance = 1");

        gate.Open();
        await running;

        var rebuild = (await rebuilds.FindAsync("accounts", default))!;
        rebuild.State.Should().Be(RebuildState.Failed);
        rebuild.Problem.Should().Contain(Some.Alice.Value).And.Contain("balance");
        (await new AccountQueries(_side.Sources).FindAsync(Some.Alice, default))!.Balance.Should().Be(1m);
    }

    [Fact]
    public async Task One_process_at_a_time_rebuilds_a_read_model_and_others_are_told()
    {
        await _side.GivenAsync(Some.Alice, Some.Connected(Some.Alice));
        var gate = new GatedLog(_side.Journal, new(4));
        using var first = _side.Rebuilds(gate);
        using var second = _side.Rebuilds();
        var running = await first.BeginAsync("accounts");
        await _side.ReachedAsync("accounts@2", 3);

        (await second.RunAsync("accounts", default)).Should().BeFalse();
        (await second.AskAsync("accounts", new(false, false, "another"), default))
            .Should()
            .BeOfType<RebuildAnswer.Busy>()
            .Which.Rebuild.Generation.Should()
            .Be(2);

        gate.Open();
        (await running).Should().BeTrue();
        (await second.RunAsync("accounts", default)).Should().BeFalse("nothing is left to do");
    }

    [Fact]
    public async Task The_tables_of_the_market_are_rebuilt_too_unless_ticks_have_left_the_log()
    {
        Tick[] ticks =
        [
            .. Enumerable.Range(0, 500).Select(i => new Tick(new($"S{i % 3}"), new(i + 1), new(i + 2), i * 1_000L)),
        ];
        await _side.GivenTicksAsync("feed-demo", ticks[..300]);
        await _side.GivenTicksAsync("feed-demo", ticks[300..]);
        using var rebuilds = _side.Rebuilds();

        foreach (var projection in (string[])["candles", "latest_prices"])
        {
            var before = await _side.DumpAsync(projection);
            (await rebuilds.DoAsync(projection, verify: true)).State.Should().Be(RebuildState.Done);
            (await DumpAsync(projection, "2")).Should().Be(before);
        }

        using var late = _side.Rebuilds(market: new LateTickLog(_side.Market, new(300)));
        var refused = await late.DoAsync("candles");
        refused.State.Should().Be(RebuildState.Failed);
        refused.Problem.Should().Contain("archived");
    }

    private async Task<string> DumpAsync(string generation)
    {
        string[] models = ["sessions", "accounts", "positions", "orders", "deals", "symbols", "users"];
        var dumps = new List<string>();
        foreach (var model in models)
        {
            dumps.Add($"{model}\n{await DumpAsync(model, generation)}");
        }

        return string.Join("\n\n", dumps);
    }

    private Task<string> DumpAsync(string model, string generation) =>
        _side.Owner.ScalarAsync<string>(
            $"select coalesce(string_agg(line, E'\n' order by line), '') from (select (to_jsonb(t) - 'written_at')::text as line from read_tables.{model}_{generation} t) lines"
        );
}
