using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Xunit;

namespace Trading.EventStore.Tests.Contracts;

/// <summary>What every journal must do.</summary>
public abstract class EventLogContract
{
    protected abstract IEventLog Log { get; }

    [Fact]
    public async Task An_event_is_read_back_as_it_was_written()
    {
        var stream = Some.Stream();
        var request = Some.Request(stream, expected: 0, count: 3);
        var before = await Log.HeadAsync(default);

        var appended = await Log.AppendedAsync(request);

        appended.Should().Be(new AppendOutcome.Appended(before.Plus(3), new(3)));
        var read = await Log.ReadAllAsync(stream);
        read.Select(e => e.Version.Value).Should().Equal(1, 2, 3);
        read.Select(e => e.Offset).Should().Equal(before.Plus(1), before.Plus(2), before.Plus(3));
        for (var i = 0; i < 3; i++)
        {
            read[i].Id.Should().Be(request.Events[i].Id);
            read[i].Stream.Should().Be(stream);
            read[i].Type.Should().Be("trading.account.v1.BalanceChanged");
            read[i].User.Should().Be(request.Events[i].User);
            read[i].OccurredAt.Should().Be(request.Events[i].OccurredAt);
            read[i].CorrelationId.Should().Be(request.Events[i].CorrelationId);
            read[i].CausationId.Should().Be(request.Events[i].CausationId);
            read[i].Decode().Should().Be(request.Events[i].Payload);
            read[i].Digest.ToArray().Should().Equal(Journal.EventDigest.Of(read[i]));
        }
    }

    [Fact]
    public async Task What_is_finer_than_a_microsecond_is_cut_off_everywhere_alike()
    {
        var stream = Some.Stream();
        var fine = EventEnvelope.Of(Some.Event().Payload, Some.Noon.AddTicks(19));

        await Log.AppendedAsync(Some.Request(stream) with { Events = [fine] });

        var read = (await Log.ReadAllAsync(stream)).Single();
        read.OccurredAt.Should().Be(Some.Noon.AddTicks(10));
        read.Digest.ToArray().Should().Equal(Journal.EventDigest.Of(read));
    }

    [Fact]
    public async Task Bytes_of_a_message_that_this_version_does_not_fully_know_survive()
    {
        var stream = Some.Stream();
        var newer = SpotTick.Parser.ParseFrom([0x0A, 0x01, (byte)'X', 0xF8, 0x3F, 0x07]);

        await Log.AppendedAsync(Some.Request(stream) with { Events = [Some.Event(payload: newer)] });

        (await Log.ReadAllAsync(stream)).Single().Decode().Should().Be(newer);
    }

    [Fact]
    public async Task A_writer_that_saw_another_version_gets_a_conflict_and_nothing_is_written()
    {
        var stream = Some.Stream();
        await Log.AppendedAsync(Some.Request(stream, expected: 0, count: 2));
        var head = await Log.HeadAsync(default);

        var behind = await Log.AppendAsync(Some.Request(stream, expected: 1), default);
        var ahead = await Log.AppendAsync(Some.Request(stream, expected: 3), default);

        behind.Should().Be(new AppendOutcome.Conflict(new(1), new(2)));
        ahead.Should().Be(new AppendOutcome.Conflict(new(3), new(2)));
        (await Log.HeadAsync(default)).Should().Be(head);
    }

    [Fact]
    public async Task Of_many_writers_with_the_same_expected_version_exactly_one_wins()
    {
        var stream = Some.Stream();

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(_ => Task.Run(() => Log.AppendAsync(Some.Request(stream, expected: 0), default).AsTask()))
        );

        outcomes.OfType<AppendOutcome.Appended>().Should().ContainSingle().Which.Version.Value.Should().Be(1);
        outcomes
            .OfType<AppendOutcome.Conflict>()
            .Should()
            .HaveCount(49)
            .And.OnlyContain(conflict => conflict.Actual == new StreamVersion(1));
        (await Log.ReadAllAsync(stream)).Should().ContainSingle();
    }

    [Fact]
    public async Task A_conflict_harms_no_neighbour()
    {
        var (stale, fresh) = (Some.Stream(), Enumerable.Range(0, 30).Select(_ => Some.Stream()).ToArray());
        await Log.AppendedAsync(Some.Request(stale));

        var together = await Task.WhenAll(
            fresh
                .Select(stream => Log.AppendAsync(Some.Request(stream, expected: 0, count: 2), default).AsTask())
                .Append(Log.AppendAsync(Some.Request(stale, expected: 7), default).AsTask())
        );

        together[..30].Should().AllBeOfType<AppendOutcome.Appended>();
        together[30].Should().BeOfType<AppendOutcome.Conflict>();
        foreach (var stream in fresh)
        {
            (await Log.ReadAllAsync(stream)).Select(e => e.Version.Value).Should().Equal(1, 2);
        }
    }

    [Fact]
    public async Task Requests_on_one_stream_see_each_others_effect_in_order()
    {
        var stream = Some.Stream();

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(i => Log.AppendAsync(Some.Request(stream, expected: i), default).AsTask())
        );

        outcomes
            .Should()
            .AllBeOfType<AppendOutcome.Appended>("each expected what the one before it leaves")
            .And.BeInAscendingOrder(outcome => ((AppendOutcome.Appended)outcome).Version.Value);
    }

    [Fact]
    public async Task The_same_append_again_is_a_duplicate_even_though_the_version_has_moved_on()
    {
        var stream = Some.Stream();
        var request = Some.Request(stream, expected: 0, count: 3);
        var first = await Log.AppendedAsync(request);
        await Log.AppendedAsync(Some.Request(stream));

        var again = await Log.AppendAsync(request, default);

        again.Should().Be(new AppendOutcome.Duplicate(first.Last));
        (await Log.ReadAllAsync(stream)).Should().HaveCount(4);
    }

    [Fact]
    public async Task One_known_event_id_makes_the_whole_request_a_duplicate_wherever_the_event_is()
    {
        var known = Some.Event();
        var first = await Log.AppendedAsync(Some.Request(Some.Stream()) with { Events = [Some.Event(), known] });
        var stream = Some.Stream();

        var repeat = await Log.AppendAsync(Some.Request(stream) with { Events = [Some.Event(), known] }, default);

        repeat.Should().Be(new AppendOutcome.Duplicate(first.Last));
        (await Log.ReadAllAsync(stream)).Should().BeEmpty();
    }

    [Fact]
    public async Task Of_many_appends_of_one_fact_at_once_exactly_one_is_taken()
    {
        var fact = Some.Event();

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(_ =>
                    Task.Run(() =>
                        Log.AppendAsync(Some.Request(Some.Stream()) with { Events = [Some.Event(), fact] }, default)
                            .AsTask()
                    )
                )
        );

        var taken = outcomes.OfType<AppendOutcome.Appended>().Should().ContainSingle().Subject;
        outcomes.OfType<AppendOutcome.Duplicate>().Should().HaveCount(39).And.OnlyContain(d => d.At == taken.Last);
    }

    [Fact]
    public async Task A_replay_gives_what_reading_the_stream_gives()
    {
        var stream = Some.Stream();
        await Log.AppendedAsync(Some.Request(stream, count: 10));
        await Log.AppendedAsync(Some.Request(Some.Stream(), count: 3));
        await Log.AppendedAsync(Some.Request(stream, expected: 10, count: 2));

        var read = await Log.ReadAllAsync(stream, after: 4);
        var replayed = await Log.ReplayAllAsync(stream, after: 4);

        replayed.Should().HaveCount(8);
        replayed
            .Should()
            .Equal(read.Select(e => new PastEvent(e.Offset, e.Version, e.OccurredAt, e.Decode())), "nothing is lost");
        (await Log.ReplayAllAsync(stream, after: 12)).Should().BeEmpty();
        (await StartedAsync(stream, after: 4)).Should().Equal(replayed, "a replay begun in one round trip is the same");
        (await StartedAsync(stream, after: 12)).Should().BeEmpty();
        (await Log.ReplayAllAsync(Some.Stream())).Should().BeEmpty();
    }

    [Fact]
    public async Task The_beginning_of_a_replay_tells_the_version_whatever_is_asked_for()
    {
        var stream = Some.Stream();
        await Log.AppendedAsync(Some.Request(stream, count: 3));

        (await Log.StartReplayAsync(stream, StreamVersion.None, default)).Last.Should().Be(new StreamVersion(3));
        (await Log.StartReplayAsync(stream, new(2), default)).Last.Should().Be(new StreamVersion(3));
        (await Log.StartReplayAsync(stream, new(9), default)).Last.Should().Be(new StreamVersion(3));
        (await Log.StartReplayAsync(Some.Stream(), StreamVersion.None, default)).Last.Should().Be(StreamVersion.None);
    }

    private async Task<List<PastEvent>> StartedAsync(StreamName stream, long after)
    {
        var all = (await Log.StartReplayAsync(stream, new(after), default)).First.ToList();
        all.AddRange(await Log.ReplayAllAsync(stream, after + all.Count));
        return all;
    }

    [Fact]
    public async Task A_stream_is_read_from_the_middle_and_an_unknown_one_is_empty()
    {
        var stream = Some.Stream();
        await Log.AppendedAsync(Some.Request(stream, count: 10));

        (await Log.ReadAllAsync(stream, after: 7)).Select(e => e.Version.Value).Should().Equal(8, 9, 10);
        (await Log.ReadAllAsync(stream, after: 10)).Should().BeEmpty();
        (await Log.ReadAllAsync(Some.Stream())).Should().BeEmpty();
    }

    [Fact]
    public async Task Offsets_are_dense_whatever_is_refused_between()
    {
        var before = await Log.HeadAsync(default);
        var appended = 0;
        for (var i = 0; i < 30; i++)
        {
            var outcome = await Log.AppendAsync(Some.Request(Some.Stream(), expected: i % 3, count: 2), default);
            appended += outcome is AppendOutcome.Appended ? 2 : 0;
        }

        var read = await Log.ReadAllAsync(before);

        appended.Should().Be(20);
        read.Select(e => e.Offset.Value).Should().Equal(Enumerable.Range(1, 20).Select(i => before.Value + i));
        read.Select(e => e.RecordedAt).Should().BeInAscendingOrder();
    }

    [Fact]
    public async Task A_follower_gets_everything_once_and_in_order_under_many_writers()
    {
        const int Writers = 8;
        const int Each = 200;
        var before = await Log.HeadAsync(default);
        var follower = Task.Run(() => Log.FollowAsync(before, Writers * Each));

        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        var stream = Some.Stream();
                        for (var i = 0; i < Each; i++)
                        {
                            await Log.AppendedAsync(Some.Request(stream, expected: i));
                        }
                    })
                )
        );

        var followed = await follower;
        followed
            .Select(e => e.Offset.Value)
            .Should()
            .Equal(Enumerable.Range(1, Writers * Each).Select(i => before.Value + i));
        foreach (var stream in followed.GroupBy(e => e.Stream))
        {
            stream.Select(e => e.Version.Value).Should().Equal(Enumerable.Range(1, Each).Select(i => (long)i));
        }
    }

    [Fact]
    public async Task A_follower_starts_inside_a_commit()
    {
        var before = await Log.HeadAsync(default);
        using var alive = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        // Somebody follows already, so that the commit is kept in memory.
        await using var other = Log.SubscribeAsync(before, alive.Token).GetAsyncEnumerator(alive.Token);
        var waiting = other.MoveNextAsync();
        await Log.AppendedAsync(Some.Request(Some.Stream(), count: 10));
        await waiting;

        var followed = await Log.FollowAsync(before.Plus(6), 4);

        followed.Select(e => e.Offset.Value - before.Value).Should().Equal(7, 8, 9, 10);
    }

    [Fact]
    public async Task A_reader_with_a_checkpoint_from_another_log_is_refused()
    {
        var beyond = (await Log.HeadAsync(default)).Plus(5);

        var read = () => Log.ReadAllAsync(beyond);
        var follow = () => Log.FollowAsync(beyond, 1);

        (await read.Should().ThrowAsync<OffsetBeyondHeadException>()).Which.Asked.Should().Be(beyond);
        await follow.Should().ThrowAsync<OffsetBeyondHeadException>().WithMessage("*rebuild*");
    }

    [Fact]
    public async Task A_request_that_cannot_be_is_a_bug_of_the_caller()
    {
        var twice = Some.Event();
        var empty = () => Log.AppendAsync(Some.Request(Some.Stream()) with { Events = [] }, default).AsTask();
        var doubled = () =>
            Log.AppendAsync(Some.Request(Some.Stream()) with { Events = [twice, twice] }, default).AsTask();

        await empty.Should().ThrowAsync<ArgumentException>();
        await doubled.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task A_withdrawn_append_is_not_waited_for()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        var append = () => Log.AppendAsync(Some.Request(Some.Stream()), cancelled.Token).AsTask();

        await append.Should().ThrowAsync<OperationCanceledException>();
    }
}
