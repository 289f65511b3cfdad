using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Accounts;
using Trading.Projections.Operating;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;
using Trading.Projections.Tests.Kit;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class OperatingTests : IAsyncLifetime
{
    private static readonly BalanceChanged Unreadable = new()
    {
        AccountId = Some.Account,
        Balance = new() { Unscaled = 1, Scale = 200 },
    };

    private static readonly StreamName AlicesStream = StreamName.Of("session", Some.Alice.Value);

    private ReadSide _side = null!;

    private ParkedStreams Parked => new(_side.Journal, _side.Sources, TimeProvider.System);

    public async Task InitializeAsync()
    {
        _side = await ReadSide.PrepareAsync();
        _side.Run(options: RebuildKit.Impatient);
    }

    public async Task DisposeAsync() => await _side.DisposeAsync();

    [Fact]
    public async Task A_skipped_event_is_left_out_by_the_running_projection_and_by_every_fold_after_it()
    {
        await _side.GivenAsync(Some.Alice, [.. Some.Connected(Some.Alice, 1m), Unreadable, Some.Balance(2m, 1m)]);
        (await BalanceAsync()).Should().Be(1m);
        using var rebuilds = _side.Rebuilds();
        (await rebuilds.DoAsync("accounts")).State.Should().Be(RebuildState.Done, "it is parked in both tables");
        (await Parked.ListAsync("accounts", default)).Count(one => one.IsLive).Should().Be(1);

        var skipped = await Parked.SkipAsync("accounts", AlicesStream, " broken at the broker ", "ann", default);

        skipped.Offset.Should().Be(new Offset(7));
        await Eventually.Be(async () => await BalanceAsync() == 2m);
        (await Parked.ListAsync("accounts", default)).Should().NotContain(one => one.IsLive);
        var decision = (ParkedEventSkipped)(await DecisionsAsync()).Single();
        (decision.EventOffset, decision.Reason, decision.SkippedBy).Should().Be((7, "broken at the broker", "ann"));
        (await rebuilds.DoAsync("accounts")).State.Should().Be(RebuildState.Done);
        (await BalanceAsync()).Should().Be(2m);
        (await CompareAsync()).Differences.Should().Be(0);
    }

    [Fact]
    public async Task After_one_event_is_skipped_the_stream_is_parked_at_the_next_that_cannot_be_folded()
    {
        await _side.GivenAsync(
            Some.Alice,
            [.. Some.Connected(Some.Alice, 1m), Unreadable, Some.Balance(2m, 1m), Unreadable, Some.Balance(3m, 1m)]
        );

        await Parked.SkipAsync("accounts", AlicesStream, "first", "ann", default);

        await Eventually.Be(async () =>
            (await Parked.ListAsync("accounts", default)).SingleOrDefault()?.Stream.Offset == new Offset(9)
        );
        (await BalanceAsync()).Should().Be(2m);
        await Parked.SkipAsync("accounts", AlicesStream, "second", "ann", default);
        await Eventually.Be(async () => await BalanceAsync() == 3m);
    }

    [Fact]
    public async Task A_retry_that_is_asked_for_elsewhere_reaches_the_running_projection()
    {
        await _side.GivenAsync(Some.Alice, [.. Some.Connected(Some.Alice, 1m), Some.Balance(2m, 1m)]);
        await _side.ExecuteAsync(
            $"""
            insert into read.parked_streams (projection, stream, at_offset, version, event_type, reason)
            values ('accounts@1', '{AlicesStream}', 7, 7, 'old', 'old')
            """
        );
        // As another process that took the projection up would see it.
        await _side.ExecuteAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'trading_projector' and datname = current_database()"
        );

        (await Parked.RetryAsync("accounts", null, default)).Should().BeInRange(0, 1);

        await Eventually.Be(async () => (await Parked.ListAsync("accounts", default)).Count == 0);
    }

    [Fact]
    public async Task Skipping_needs_a_reason_and_a_parked_stream()
    {
        var nothing = () => Parked.SkipAsync("accounts", AlicesStream, "why not", "ann", default);
        var silent = () => Parked.SkipAsync("accounts", AlicesStream, " ", "ann", default);

        await nothing.Should().ThrowAsync<ReadModelRefusedException>();
        await silent.Should().ThrowAsync<ReadModelRefusedException>();
        (await DecisionsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_checkpoint_moved_back_by_hand_is_in_the_journal_and_changes_no_row()
    {
        await _side.GivenAsync(Some.Alice, [.. Some.Connected(Some.Alice, 1m), Some.Opened(Some.Position("p1"))]);
        await _side.GivenAsync(Some.Alice, Some.Balance(2m, 1m), Some.Closed("p1"));
        var before = await _side.DumpAsync("accounts");
        var moves = new CheckpointMoves(_side.Journal, _side.Market, _side.Sources, TimeProvider.System);

        (await moves.MoveAsync("accounts", new(2), "looks wrong", "ann", default)).Should().Be(new Offset(9));
        await _side.GivenAsync(Some.Bob, Some.Connected(Some.Bob, 3m));

        (await _side.DumpAsync("accounts")).Should().Contain(before).And.Contain(Some.Bob.Value);
        (await CompareAsync()).Differences.Should().Be(0);
        var moved = (CheckpointMoved)(await DecisionsAsync()).Single();
        (moved.FromOffset, moved.ToOffset, moved.Reason).Should().Be((9, 2, "looks wrong"));
        var beyond = () => moves.MoveAsync("accounts", new(1_000), "try", "ann", default);
        await beyond.Should().ThrowAsync<ReadModelRefusedException>();
    }

    [Fact]
    public async Task A_comparison_under_live_traffic_finds_nothing_until_somebody_changes_a_row_and_then_names_it()
    {
        await RandomJournal.AppendAsync(_side.Journal, Seeded.Random(41), 200);
        await _side.GivenAsync(Some.Alice, Some.Connected(Some.Alice, 1m));
        using var stop = new CancellationTokenSource();
        var traffic = Task.Run(async () =>
        {
            for (var balance = 2m; !stop.IsCancellationRequested; balance++)
            {
                await _side.Journal.AppendAsync(Some.Alice, Some.Balance(balance, 1m));
                await Task.Yield();
            }
        });

        (await CompareAsync()).Should().Match<Comparison>(one => one.Differences == 0 && one.Offset > new Offset(206));
        await stop.CancelAsync();
        await traffic;
        await _side.CaughtUpAsync(await _side.Journal.HeadAsync(default));
        await _side.ExecuteAsync($"update read_tables.accounts_1 set currency = 'ZZZ' where user_key = '{Some.Alice}'");
        await _side.ExecuteAsync($"delete from read_tables.accounts_1 where user_key <> '{Some.Alice}'");
        var comparison = await CompareAsync();

        comparison.Differences.Should().BeGreaterThan(1);
        comparison.First.Should().Contain(row => row.Kind == RowDifferenceKind.Missing);
        comparison.First.Should().Contain(row => row.Columns.Contains("currency"));
        (await _side.TablesAsync("accounts")).Should().Equal("accounts_1");
    }

    [Fact]
    public async Task The_status_tells_what_each_read_model_is_and_does()
    {
        await _side.GivenAsync(Some.Alice, [.. Some.Connected(Some.Alice, 1m), Unreadable]);
        using var rebuilds = _side.Rebuilds();
        await rebuilds.DoAsync("accounts");

        var all = await new ReadModelStatuses(_side.Journal, _side.Market, _side.Sources).ListAsync(default);

        all.Select(one => one.Projection).Should().BeEquivalentTo(rebuilds.Projections);
        var accounts = all.Single(one => one.Projection == "accounts");
        (accounts.Generation, accounts.Version, accounts.Previous).Should().Be((2, 1, 1));
        (accounts.Checkpoint, accounts.Head, accounts.Gap).Should().Be((new Offset(7), new Offset(7), 0L));
        accounts.Parked.Should().ContainSingle();
        accounts.Rebuild!.State.Should().Be(RebuildState.Done);
    }

    private async Task<Comparison> CompareAsync()
    {
        using var comparison = new LiveComparison(_side.Ground(), ProjectionCatalog.All);
        return await comparison.RunAsync("accounts", new Progress<Offset>(), default);
    }

    private async Task<decimal?> BalanceAsync() =>
        (await new AccountQueries(_side.Sources).FindAsync(Some.Alice, default))?.Balance;

    private async Task<IReadOnlyList<Google.Protobuf.IMessage>> DecisionsAsync()
    {
        var decisions = new List<Google.Protobuf.IMessage>();
        await foreach (
            var recorded in _side.Journal.ReadStreamAsync(
                StreamName.Of("operations", "accounts"),
                StreamVersion.None,
                default
            )
        )
        {
            decisions.Add(recorded.Decode());
        }

        return decisions;
    }
}
