using FluentAssertions;
using Npgsql;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Tests.Contracts;
using Trading.EventStore.Verification;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>The races that make other stores skip, repeat, reorder or stall.</summary>
public sealed class JournalRaces(OpenLogs open) : IClassFixture<OpenLogs>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_foreign_session_idle_in_transaction_stalls_neither_writers_nor_followers()
    {
        var journal = open.Logs.Journal;
        await using var foreign = await open.Database.DataSource.OpenConnectionAsync();
        await using var held = await foreign.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        // It holds a snapshot, a transaction id and a look at every table of the logs.
        await RawAppend.ExecuteAsync(foreign, "CREATE TABLE foreign_work (x int)");
        await RawAppend.ExecuteAsync(foreign, "SELECT count(*) FROM eventstore.journal, eventstore.journal_batch");
        await RawAppend.ExecuteAsync(foreign, "SELECT count(*) FROM eventstore.market");
        var before = await journal.HeadAsync(default);
        var follower = Task.Run(() => journal.FollowAsync(before, 1_000, Soon));

        await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(async _ =>
                {
                    var stream = Some.Stream();
                    for (var i = 0; i < 100; i++)
                    {
                        await journal.AppendedAsync(Some.Request(stream, expected: i));
                    }
                })
        );
        var ticks = Some.Ticks(Seeded.Random(), 100);
        var feed = Some.Stream("feed");
        var epoch = (await open.Logs.Market.ClaimAsync(feed, default)).Epoch;
        var tick = await open.Logs.Market.AppendAsync(feed, epoch, ticks, default);

        tick.Should().BeOfType<AppendOutcome.Appended>();
        (await follower)
            .Select(e => e.Offset.Value)
            .Should()
            .Equal(Enumerable.Range(1, 1_000).Select(i => before.Value + i));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_slow_append_is_waited_for_and_never_passed(bool commits)
    {
        await using var impatient = await PostgresLogs.OpenAsync(
            open.Database.ConnectionString,
            new() { LockTimeout = TimeSpan.FromMilliseconds(100) }
        );
        var journal = impatient.Journal;
        var before = await journal.HeadAsync(default);
        var follower = Task.Run(() => journal.FollowAsync(before, commits ? 13 : 10, Soon));
        await using var slow = await open.Database.DataSource.OpenConnectionAsync();
        await using var held = await slow.BeginTransactionAsync();
        await RawAppend.CallAsync(slow, Some.Stream(), 3);

        var fast = Enumerable
            .Range(0, 10)
            .Select(_ => journal.AppendAsync(Some.Request(Some.Stream()), default).AsTask())
            .ToArray();
        // Longer than the lock timeout: the writer must have tried again.
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        fast.Should().OnlyContain(append => !append.IsCompleted);
        (await journal.HeadAsync(default)).Should().Be(before);
        await (commits ? held.CommitAsync() : held.RollbackAsync());

        var outcomes = await Task.WhenAll(fast);
        outcomes.Should().AllBeOfType<AppendOutcome.Appended>();
        var followed = await follower;
        followed
            .Select(e => e.Offset.Value)
            .Should()
            .Equal(Enumerable.Range(1, commits ? 13 : 10).Select(i => before.Value + i));
    }

    [Fact]
    public async Task A_writer_ended_between_its_statements_leaves_nothing_and_holds_nothing()
    {
        var journal = open.Logs.Journal;
        var before = await journal.HeadAsync(default);
        var doomed = await open.Database.DataSource.OpenConnectionAsync();
        await doomed.BeginTransactionAsync();
        await RawAppend.CallAsync(doomed, Some.Stream(), 5);
        var append = journal.AppendAsync(Some.Request(Some.Stream()), default);

        await RawAppend.EndBackendAsync(open.Database, doomed.ProcessID);

        (await append).Should().BeOfType<AppendOutcome.Appended>().Which.Last.Should().Be(before.Plus(1));
        await FluentActions
            .Awaiting(() => RawAppend.ExecuteAsync(doomed, "SELECT 1"))
            .Should()
            .ThrowAsync<PostgresException>();
        await doomed.DisposeAsync();
    }

    [Fact]
    public async Task Whatever_happens_to_the_writers_connection_each_append_is_taken_once_and_told_truly()
    {
        const int Writers = 10;
        const int Each = 60;
        var journal = open.Logs.Journal;
        var before = await journal.HeadAsync(default);
        var follower = Task.Run(() => journal.FollowAsync(before, Writers * Each, TimeSpan.FromSeconds(120)));
        await using var killer = new WriterKiller(open.Database, () => journal.HeadAsync(default), Seeded.Random(7));

        var streams = await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        var stream = Some.Stream();
                        for (var i = 0; i < Each; i++)
                        {
                            // A conflict or a duplicate here would be our own event, taken for another's.
                            var appended = await journal.AppendedAsync(Some.Request(stream, expected: i));
                            appended.Version.Value.Should().Be(i + 1);
                        }

                        return stream;
                    })
                )
        );

        (await killer.StopAsync()).Should().BeGreaterThan(3, "otherwise nothing was tested");
        (await follower)
            .Select(e => e.Offset.Value)
            .Should()
            .Equal(Enumerable.Range(1, Writers * Each).Select(i => before.Value + i));
        foreach (var stream in streams)
        {
            (await journal.ReadAllAsync(stream))
                .Select(e => e.Version.Value)
                .Should()
                .Equal(Enumerable.Range(1, Each).Select(i => (long)i));
        }

        var findings = new List<Finding>();
        await foreach (var finding in new LogVerifier(open.Logs.Reader).VerifyJournalAsync())
        {
            findings.Add(finding);
        }

        findings.Where(f => f.Offset > before).Should().BeEmpty();
    }

    [Fact]
    public async Task Ticks_survive_the_loss_of_the_writers_connection_too()
    {
        var market = open.Logs.Market;
        var feed = Some.Stream("feed");
        var epoch = (await market.ClaimAsync(feed, default)).Epoch;
        var before = await market.HeadAsync(default);
        await using var killer = new WriterKiller(open.Database, () => market.HeadAsync(default), Seeded.Random(9));

        var ticks = Some.Ticks(Seeded.Random(8), 2_000);
        for (var i = 0; i < 200; i++)
        {
            (await market.AppendAsync(feed, epoch, ticks.AsMemory(i * 10, 10), default))
                .Should()
                .Be(new AppendOutcome.Appended(before.Plus((i + 1) * 10), new((i + 1) * 10)));
        }

        await killer.StopAsync();
        var read = new List<Domain.Market.Tick>();
        await foreach (var block in market.ReadAsync(before, default))
        {
            read.AddRange(block.Ticks.ToArray());
        }

        read.Should().Equal(ticks);
    }

    [Fact]
    public async Task Commits_of_another_process_are_announced_without_polling()
    {
        var options = new EventStoreOptions { PollInterval = TimeSpan.FromHours(1) };
        await using var here = await PostgresLogs.OpenAsync(open.Database.ConnectionString, options);
        await using var there = await PostgresLogs.OpenAsync(open.Database.ConnectionString, options);
        await RawAppend.WaitForListenersAsync(open.Database, 4);
        var before = await here.Journal.HeadAsync(default);
        var follower = Task.Run(() => here.Journal.FollowAsync(before, 20, Soon));

        for (var i = 0; i < 10; i++)
        {
            await there.Journal.AppendedAsync(Some.Request(Some.Stream()));
            await here.Journal.AppendedAsync(Some.Request(Some.Stream()));
        }

        (await follower)
            .Select(e => e.Offset.Value - before.Value)
            .Should()
            .Equal(Enumerable.Range(1, 20).Select(i => (long)i));
    }

    [Fact]
    public async Task A_follower_goes_on_after_its_listening_connection_was_lost()
    {
        await using var here = await PostgresLogs.OpenAsync(open.Database.ConnectionString);
        await using var there = await PostgresLogs.OpenAsync(open.Database.ConnectionString);
        var before = await here.Journal.HeadAsync(default);
        var follower = Task.Run(() => here.Journal.FollowAsync(before, 2, Soon));
        await there.Journal.AppendedAsync(Some.Request(Some.Stream()));

        await RawAppend.EndListenersAsync(open.Database);
        await there.Journal.AppendedAsync(Some.Request(Some.Stream()));

        (await follower).Should().HaveCount(2);
    }

    [Fact]
    public async Task Two_processes_that_write_at_once_share_one_dense_log()
    {
        await using var there = await PostgresLogs.OpenAsync(open.Database.ConnectionString);
        var before = await there.Journal.HeadAsync(default);
        var contested = Some.Stream();

        var outcomes = await Task.WhenAll(
            new[] { open.Logs.Journal, there.Journal }.Select(journal =>
                Task.Run(async () =>
                {
                    var won = 0;
                    for (var i = 0; i < 200; i++)
                    {
                        var outcome = await journal.AppendAsync(Some.Request(contested, expected: i), default);
                        won += outcome is AppendOutcome.Appended ? 1 : 0;
                    }

                    return won;
                })
            )
        );

        // Whoever falls behind only meets conflicts; at each version exactly one wins.
        outcomes.Sum().Should().Be((await there.Journal.ReadAllAsync(contested)).Count);
        (await there.Journal.ReadAllAsync(before))
            .Select(e => e.Version.Value)
            .Should()
            .Equal(Enumerable.Range(1, outcomes.Sum()).Select(i => (long)i));
    }

    [Fact]
    public async Task A_follower_that_falls_behind_reads_on_from_the_table_and_misses_nothing()
    {
        await using var small = await PostgresLogs.OpenAsync(
            open.Database.ConnectionString,
            new() { RecentEvents = 8, PageEvents = 16 }
        );
        var before = await small.Journal.HeadAsync(default);
        using var limit = new CancellationTokenSource(Soon);
        var followed = new List<long>();

        await small.Journal.AppendedAsync(Some.Request(Some.Stream()));
        await foreach (var page in small.Journal.SubscribeAsync(before, limit.Token))
        {
            followed.AddRange(page.Select(e => e.Offset.Value));
            if (followed.Count >= 500)
            {
                break;
            }

            // More than is kept in memory is committed while this reader is busy.
            for (var i = 0; i < 5 && followed.Count < 450; i++)
            {
                await small.Journal.AppendedAsync(Some.Request(Some.Stream(), count: 7));
            }

            await small.Journal.AppendedAsync(Some.Request(Some.Stream()));
        }

        followed.Should().Equal(Enumerable.Range(1, followed.Count).Select(i => before.Value + i));
    }

    [Fact]
    public async Task One_impossible_request_does_not_take_its_neighbours_with_it()
    {
        await RawAppend.ExecuteAsync(
            open.Database,
            "ALTER TABLE eventstore.journal ADD CONSTRAINT whatever CHECK (type <> 'trading.session.v1.LinkRetrySlowed')"
        );
        var impossible = Some.Request(Some.Stream()) with { Events = [Some.Event(payload: new LinkRetrySlowed())] };

        var outcomes = Enumerable
            .Range(0, 21)
            .Select(i => AppendAsync(i == 10 ? impossible : Some.Request(Some.Stream())))
            .ToArray();

        for (var i = 0; i < outcomes.Length; i++)
        {
            if (i == 10)
            {
                await FluentActions.Awaiting(() => outcomes[10]).Should().ThrowAsync<PostgresException>();
            }
            else
            {
                (await outcomes[i]).Should().BeOfType<AppendOutcome.Appended>();
            }
        }

        async Task<AppendOutcome> AppendAsync(AppendRequest request) =>
            await open.Logs.Journal.AppendAsync(request, default);
    }
}
