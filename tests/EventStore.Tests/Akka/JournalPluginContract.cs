using Akka.Actor;
using Akka.Persistence;
using FluentAssertions;
using Google.Protobuf.WellKnownTypes;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore.Akka;
using Xunit;

namespace Trading.EventStore.Tests.Akka;

/// <summary>What Akka asks of a journal, over every log.</summary>
public abstract class JournalPluginContract(IEventLog log) : ActorsOnALog(log)
{
    [Theory]
    [InlineData(1, long.MaxValue, long.MaxValue, 1, 600)]
    [InlineData(3, long.MaxValue, long.MaxValue, 3, 600)]
    [InlineData(1, 7, long.MaxValue, 1, 7)]
    [InlineData(300, 310, long.MaxValue, 300, 310)]
    [InlineData(600, 600, long.MaxValue, 600, 600)]
    [InlineData(1, long.MaxValue, 5, 1, 5)]
    [InlineData(1, long.MaxValue, 400, 1, 400)]
    [InlineData(590, 599, 20, 590, 599)]
    public async Task A_replay_gives_the_events_between_its_bounds_in_order_and_no_more_than_its_limit(
        long from,
        long to,
        long most,
        int first,
        int last
    )
    {
        var stream = await StreamOfAsync(600);

        Journal.Tell(new ReplayMessages(from, to, most, stream.Value, TestActor));

        for (var i = first; i <= last; i++)
        {
            var replayed = (await ExpectMsgAsync<ReplayedMessage>()).Persistent;
            replayed.SequenceNr.Should().Be(i);
            replayed.PersistenceId.Should().Be(stream.Value);
        }

        (await ExpectMsgAsync<RecoverySuccess>()).HighestSequenceNr.Should().Be(600);
    }

    [Theory]
    [InlineData(1, long.MaxValue, 0)]
    [InlineData(5, 4, long.MaxValue)]
    [InlineData(1, 0, long.MaxValue)]
    [InlineData(601, long.MaxValue, long.MaxValue)]
    public async Task A_replay_without_anything_between_its_bounds_gives_only_the_highest_sequence_number(
        long from,
        long to,
        long most
    )
    {
        var stream = await StreamOfAsync(20);

        Journal.Tell(new ReplayMessages(from, to, most, stream.Value, TestActor));

        (await ExpectMsgAsync<RecoverySuccess>()).HighestSequenceNr.Should().Be(20);
    }

    [Fact]
    public async Task An_id_that_never_wrote_has_nothing_to_replay()
    {
        Journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, Some.Stream().Value, TestActor));

        (await ExpectMsgAsync<RecoverySuccess>()).HighestSequenceNr.Should().Be(0);
    }

    [Fact]
    public async Task The_first_page_kept_for_one_replay_is_given_to_no_other()
    {
        var stream = await StreamOfAsync(10);
        // Reads the highest number and never comes for the page.
        Journal.Tell(new ReplayMessages(1, 0, long.MaxValue, stream.Value, TestActor));
        await ExpectMsgAsync<RecoverySuccess>();
        await Log.AppendedAsync(Some.Request(stream, expected: 10));

        await StartAsync(stream, recovered: 11);
    }

    [Fact]
    public async Task An_event_comes_back_as_it_was_persisted_with_its_offset()
    {
        var stream = Some.Stream();
        var before = await Log.HeadAsync(default);
        var actor = await StartAsync(stream);
        EventEnvelope[] events = [Some.Event(1), Some.Event(2)];

        actor.Tell(new Together(events));

        (await ExpectMsgAsync<Stored>()).Should().Be(new Stored(1, events[0]), "the very object comes back");
        (await ExpectMsgAsync<Stored>()).Should().Be(new Stored(2, events[1]));
        events.Select(e => e.Offset).Should().Equal(before.Plus(1), before.Plus(2));
        await StopAsync(actor);
        Sys.ActorOf(Recorder.Of(stream, TestActor));
        foreach (var written in events)
        {
            var replayed = (await ExpectMsgAsync<Replayed>()).Event;
            replayed.Payload.Should().Be(written.Payload);
            replayed.OccurredAt.Should().Be(written.OccurredAt);
            replayed.Offset.Should().Be(written.Offset);
        }

        await ExpectMsgAsync<Recovered>();
    }

    [Fact]
    public async Task The_log_holds_what_explains_an_event_and_the_name_of_its_type()
    {
        var stream = Some.Stream();
        var actor = await StartAsync(stream);
        var e = Some.Event();

        actor.Tell(new Together(e));
        await ExpectMsgAsync<Stored>();

        var recorded = (await Log.ReadAllAsync(stream)).Single();
        recorded.Type.Should().Be("trading.account.v1.BalanceChanged");
        (recorded.Id, recorded.User, recorded.CorrelationId, recorded.CausationId)
            .Should()
            .Be((e.Id, e.User, e.CorrelationId, e.CausationId));
        recorded.Version.Should().Be(new StreamVersion(1));
        recorded.Offset.Should().Be(e.Offset);
    }

    [Fact]
    public async Task Fields_of_an_event_that_this_version_does_not_know_survive_being_persisted_and_replayed()
    {
        var stream = Some.Stream();
        var actor = await StartAsync(stream);
        var newer = SpotTick.Parser.ParseFrom([0x0A, 0x01, (byte)'X', 0xF8, 0x3F, 0x07]);

        actor.Tell(new Together(Some.Event(payload: newer)));
        await ExpectMsgAsync<Stored>();
        await StopAsync(actor);

        Sys.ActorOf(Recorder.Of(stream, TestActor));
        (await ExpectMsgAsync<Replayed>()).Event.Payload.Should().Be(newer);
    }

    [Fact]
    public async Task Events_of_one_write_are_stored_together_or_not_at_all()
    {
        var stream = Some.Stream();
        var actor = await StartAsync(stream);

        actor.Tell(new Together(Some.Event(1), Some.Event(2, payload: new StringValue { Value = "no event" })));

        (await ExpectMsgAsync<Failed>()).SequenceNr.Should().Be(1);
        (await Log.ReadAllAsync(stream)).Should().BeEmpty();
    }

    public static TheoryData<object> NoEvents => ["text", new StringValue { Value = "a message, not an envelope" }];

    [Theory]
    [MemberData(nameof(NoEvents))]
    public async Task What_is_no_event_fails_its_write_and_stops_its_actor_alone(object payload)
    {
        var neighbour = await StartAsync(Some.Stream());
        var stream = Some.Stream();
        var actor = await StartAsync(stream);
        await WatchAsync(actor);

        actor.Tell(new Anything(payload));

        (await ExpectMsgAsync<Failed>()).Cause.Should().BeOfType<NotAnEventException>();
        await ExpectTerminatedAsync(actor);
        (await Log.ReadAllAsync(stream)).Should().BeEmpty();
        neighbour.Tell(new Together(Some.Event()));
        await ExpectMsgAsync<Stored>();
    }

    [Fact]
    public async Task More_events_than_one_append_takes_fail_their_write()
    {
        var stream = Some.Stream();
        var actor = await StartAsync(stream);

        actor.Tell(new Together(Some.Events(AppendRequest.MaxEvents + 1)));

        (await ExpectMsgAsync<Failed>()).Cause.Should().BeOfType<ArgumentException>();
        (await Log.ReadAllAsync(stream)).Should().BeEmpty();
    }

    [Fact]
    public async Task Deleting_is_refused_and_changes_nothing()
    {
        var stream = await StreamOfAsync(3);
        var actor = await StartAsync(stream, recovered: 3);

        actor.Tell(new DeleteAll());

        (await ExpectMsgAsync<DeleteMessagesFailure>()).Cause.Should().BeOfType<NotSupportedException>();
        await StopAsync(actor);
        await StartAsync(stream, recovered: 3);
    }

    [Fact]
    public async Task An_event_id_that_is_in_the_log_already_fails_the_write()
    {
        var known = Some.Event();
        var at = await Log.AppendedAsync(Some.Request(Some.Stream()) with { Events = [known] });
        var stream = Some.Stream();
        var actor = await StartAsync(stream);

        actor.Tell(new Together(Some.Event(), Some.Event(2, id: known.Id)));

        var failed = await ExpectMsgAsync<Failed>();
        failed.Cause.Should().BeOfType<RepeatedEventException>().Which.At.Should().Be(at.Last);
        (await Log.ReadAllAsync(stream)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("session-ü 日本 🙂")]
    [InlineData("session-it's \"quoted\" \\ and; DROP TABLE eventstore.journal; --")]
    [InlineData("session-$1 {0} %s _ * ? / # \t\r\n")]
    [InlineData("session-a-b--c-")]
    [InlineData("日本-é")]
    public async Task An_id_may_hold_any_character(string prefix)
    {
        var stream = StreamName.Parse($"{prefix}{Guid.NewGuid():N}");
        var actor = await StartAsync(stream);

        actor.Tell(new Together(Some.Events(3)));
        for (var i = 1; i <= 3; i++)
        {
            (await ExpectMsgAsync<Stored>()).SequenceNr.Should().Be(i);
        }

        await StopAsync(actor);
        await StartAsync(stream, recovered: 3);
        (await Log.ReadAllAsync(stream)).Should().OnlyContain(e => e.Stream == stream);
    }

    [Theory]
    [InlineData("nodash")]
    [InlineData("session-")]
    [InlineData("session-\0")]
    [InlineData("session-\uD800")]
    public async Task An_id_that_names_no_stream_fails_its_own_recovery(string id)
    {
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(id, TestActor, null)));
        await WatchAsync(actor);

        (await ExpectMsgAsync<Failed>()).Cause.Should().BeOfType<FormatException>();
        await ExpectTerminatedAsync(actor);
    }

    [Fact]
    public async Task Many_ids_write_and_recover_at_once_each_for_itself()
    {
        const int Ids = 200;
        const int Each = 20;
        var streams = Enumerable.Range(0, Ids).Select(_ => Some.Stream()).ToArray();
        var actors = streams.Select(stream => Sys.ActorOf(Recorder.Of(stream, TestActor))).ToArray();
        await ReceiveAsync(Ids);

        for (var i = 0; i < Each; i++)
        {
            foreach (var actor in actors)
            {
                actor.Tell(i % 2 == 0 ? new Together(Some.Event()) : new Behind(Some.Event()));
            }
        }

        var stored = await ReceiveAsync(Ids * Each);
        stored.Should().AllBeOfType<Stored>();
        stored.Cast<Stored>().Select(s => s.Event!.Offset).Should().OnlyHaveUniqueItems();
        foreach (var actor in actors)
        {
            await StopAsync(actor);
        }

        foreach (var stream in streams)
        {
            (await Log.ReadAllAsync(stream))
                .Select(e => e.Version.Value)
                .Should()
                .Equal(Enumerable.Range(1, Each).Select(i => (long)i));
            Sys.ActorOf(Recorder.Of(stream, TestActor));
        }

        var recovered = await ReceiveAsync(Ids * (Each + 1));
        recovered.OfType<Recovered>().Should().HaveCount(Ids).And.OnlyContain(r => r.SequenceNr == Each);
    }

    [Fact]
    public async Task An_actor_recovers_up_to_where_it_wants_and_writes_behind_the_last_event_all_the_same()
    {
        var stream = await StreamOfAsync(5);
        var actor = Sys.ActorOf(Recorder.Of(stream, TestActor, new Recovery(SnapshotSelectionCriteria.None, 2)));
        (await ExpectMsgAsync<Replayed>()).SequenceNr.Should().Be(1);
        (await ExpectMsgAsync<Replayed>()).SequenceNr.Should().Be(2);
        await ExpectMsgAsync<Recovered>();

        actor.Tell(new Together(Some.Event()));

        (await ExpectMsgAsync<Stored>()).SequenceNr.Should().Be(6);
    }

    [Fact]
    public async Task The_plugin_says_whether_its_log_answers()
    {
        var journal = Persistence.Instance.Apply(Sys);
        (await journal.CheckJournalHealthAsync(JournalId)).Status.Should().Be(PersistenceHealthStatus.Healthy);

        Log.BeforeReading = () => throw TroubledLog.Away;

        (await journal.CheckJournalHealthAsync(JournalId)).Status.Should().Be(PersistenceHealthStatus.Degraded);
    }

    private const string JournalId = "akka.persistence.journal.trading";
}
