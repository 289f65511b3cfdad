using FluentAssertions;
using Trading.Domain.Logs;
using Trading.Projections.Accounts;
using Trading.Projections.Rebuilding;
using Trading.Projections.Tests.Kit;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class RebuildFailureTests : IAsyncLifetime
{
    private ReadSide _side = null!;

    public async Task InitializeAsync()
    {
        _side = await ReadSide.PrepareAsync();
        _side.Run(options: RebuildKit.Impatient);
        await RandomJournal.AppendAsync(_side.Journal, new Random(31), 200);
        await _side.GivenAsync(Some.Alice, Some.Connected(Some.Alice, 5m));
    }

    public async Task DisposeAsync() => await _side.DisposeAsync();

    [Fact]
    public async Task What_a_killed_process_has_filled_is_kept_and_a_working_service_goes_on_from_there()
    {
        var gate = new GatedLog(_side.Journal, new(150));
        using var killed = _side.Rebuilds(gate);
        using var kill = new CancellationTokenSource();
        var running = await killed.BeginAsync("accounts", kill.Token);
        await _side.ReachedAsync("accounts@2", 149);
        await kill.CancelAsync();
        var run = () => running;
        await run.Should().ThrowAsync<OperationCanceledException>();
        (await killed.FindAsync("accounts", default))!.State.Should().Be(RebuildState.Filling, "nobody could say more");

        var second = new GatedLog(_side.Journal, new(long.MaxValue));
        using var service = _side.Rebuilds(second);
        using var stop = new CancellationTokenSource();
        var working = service.WorkAsync(stop.Token);
        await Eventually.Be(async () => (await service.FindAsync("accounts", default))!.State == RebuildState.Done);
        await stop.CancelAsync();
        await working;

        second.Begun.Should().Equal(new Offset(149));
        (await ComparedAsync()).Differences.Should().Be(0);
    }

    [Fact]
    public async Task Connections_lost_on_the_way_cost_nothing_but_the_step_at_hand()
    {
        var gate = new GatedLog(_side.Journal, new(100));
        using var rebuilds = _side.Rebuilds(gate);
        var running = await rebuilds.BeginAsync("accounts");
        await _side.ReachedAsync("accounts@2", 99);

        await _side.ExecuteAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name in ('trading_projector', 'trading_rebuild') and datname = current_database()"
        );
        gate.Open();
        await running;

        (await rebuilds.FindAsync("accounts", default))!.State.Should().Be(RebuildState.Done);
        gate.Begun.Should().Equal(Offset.Start, new Offset(99));
        (await ComparedAsync()).Differences.Should().Be(0);
    }

    [Fact]
    public async Task Given_up_it_leaves_the_live_table_alone_and_nothing_behind()
    {
        var gate = new GatedLog(_side.Journal, new(100));
        using var rebuilds = _side.Rebuilds(gate);
        using var other = _side.Rebuilds();
        var running = await rebuilds.BeginAsync("accounts");
        await _side.ReachedAsync("accounts@2", 99);

        (await other.CancelAsync("accounts", default))!.CancelAsked.Should().BeTrue();
        gate.Open();
        (await running).Should().BeTrue();

        (await other.FindAsync("accounts", default))!.State.Should().Be(RebuildState.Cancelled);
        (await _side.TablesAsync("accounts")).Should().Equal("accounts_1");
        (await new AccountQueries(_side.Sources).FindAsync(Some.Alice, default))!.Balance.Should().Be(5m);
        (await other.CancelAsync("accounts", default)).Should().BeNull("there is none");
    }

    [Fact]
    public async Task One_that_nobody_runs_is_given_up_at_once()
    {
        using var rebuilds = _side.Rebuilds();
        await rebuilds.AskAsync("accounts", new(false, false, "a test"), default);

        (await rebuilds.CancelAsync("accounts", default))!.State.Should().Be(RebuildState.Cancelled);

        (await _side.TablesAsync("accounts")).Should().Equal("accounts_1");
        (await rebuilds.RunAsync("accounts", default)).Should().BeFalse();
    }

    [Fact]
    public async Task Put_aside_it_waits_until_it_is_asked_for_again()
    {
        var gate = new GatedLog(_side.Journal, new(100));
        using var rebuilds = _side.Rebuilds(gate);
        using var stop = new CancellationTokenSource();
        var running = await rebuilds.BeginAsync("accounts", stop.Token);
        await _side.ReachedAsync("accounts@2", 99);
        await stop.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        await rebuilds.PauseAsync("accounts", default);
        (await rebuilds.RunAsync("accounts", default)).Should().BeFalse();

        gate.Open();
        (await rebuilds.DoAsync("accounts")).State.Should().Be(RebuildState.Done);

        gate.Begun.Should().Equal(Offset.Start, new Offset(99));
    }

    [Fact]
    public async Task Without_progress_for_half_a_minute_it_fails_loudly_and_goes_on_when_asked_again()
    {
        var clock = new FakeClock();
        var gate = new GatedLog(_side.Journal, new(100));
        using var rebuilds = _side.Rebuilds(gate, time: clock);
        var running = await rebuilds.BeginAsync("accounts");
        await _side.ReachedAsync("accounts@2", 99);

        clock.Advance(TimeSpan.FromSeconds(29));
        running.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));
        await running;

        var failed = (await rebuilds.FindAsync("accounts", default))!;
        failed.State.Should().Be(RebuildState.Failed);
        failed.Problem.Should().Contain("No progress for 30 s");
        gate.Open();
        (await rebuilds.DoAsync("accounts")).State.Should().Be(RebuildState.Done);
        gate.Begun.Should().Equal(Offset.Start, new Offset(99));
    }

    [Fact]
    public async Task A_reader_who_never_lets_go_is_not_cut_off_and_the_rebuild_waits_for_its_end()
    {
        await using var reader = await _side.Sources.Operator.OpenConnectionAsync();
        await using var reading = await reader.BeginTransactionAsync();
        await using (var command = new Npgsql.NpgsqlCommand("select count(*) from read.accounts", reader))
        {
            await command.ExecuteScalarAsync();
        }

        using var rebuilds = _side.Rebuilds();
        var running = await rebuilds.BeginAsync("accounts");
        await _side.ReachedAsync("accounts@2", 206);
        var others = new AccountQueries(_side.Sources);
        for (var round = 0; round < 20; round++)
        {
            (await others.FindAsync(Some.Alice, default))!.Balance.Should().Be(5m);
        }

        running.IsCompleted.Should().BeFalse();
        await reading.CommitAsync();
        (await running).Should().BeTrue();

        (await rebuilds.FindAsync("accounts", default))!.State.Should().Be(RebuildState.Done);
    }

    private async Task<Comparison> ComparedAsync()
    {
        using var comparison = new LiveComparison(_side.Ground(), Running.ProjectionCatalog.All);
        return await comparison.RunAsync("accounts", new Progress<Offset>(), default);
    }
}
