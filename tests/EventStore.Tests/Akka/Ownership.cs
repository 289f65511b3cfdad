using Akka.Actor;
using FluentAssertions;
using Trading.Domain.Ports;
using Trading.EventStore.Akka;
using Xunit;

namespace Trading.EventStore.Tests.Akka;

/// <summary>Who writes a stream, and what becomes of one who no longer does, over every log.</summary>
public abstract class OwnershipContract(IEventLog log) : ActorsOnALog(log)
{
    [Fact]
    public async Task A_conflict_fails_and_stops_the_loser_alone()
    {
        var neighbours = new List<IActorRef>();
        for (var i = 0; i < 20; i++)
        {
            neighbours.Add(await StartAsync(Some.Stream()));
        }

        var stream = Some.Stream();
        var loser = await StartAsync(stream);
        await WatchAsync(loser);
        await Log.AppendedAsync(Some.Request(stream, expected: 0, count: 2));

        for (var i = 0; i < 3; i++)
        {
            neighbours.ForEach(actor => actor.Tell(new Together(Some.Event())));
            if (i == 1)
            {
                loser.Tell(new Together(Some.Event()));
            }
        }

        var told = await ReceiveAsync(62);
        told.OfType<Stored>().Should().HaveCount(60);
        var conflict = told.OfType<Failed>().Should().ContainSingle().Which.Cause;
        conflict
            .Should()
            .BeOfType<StreamConflictException>()
            .Which.Should()
            .Match<StreamConflictException>(c => c.Expected.Value == 0 && c.Actual.Value == 2);
        told.OfType<Terminated>().Should().ContainSingle().Which.ActorRef.Should().Be(loser);
        (await Log.ReadAllAsync(stream)).Should().HaveCount(2);
    }

    [Fact]
    public async Task Nothing_that_a_stale_writer_has_queued_is_stored()
    {
        var stream = Some.Stream();
        var stale = await StartAsync(stream);
        await WatchAsync(stale);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Log.Before = _ =>
        {
            arrived.TrySetResult();
            return go.Task;
        };
        stale.Tell(new Behind(Some.Event(1)));
        await arrived.Task;
        // They wait in the actor for the first write's answer, the first of them to follow it at once.
        stale.Tell(new Behind(Some.Event(2)));
        stale.Tell(new Behind(Some.Event(3)));
        stale.Tell(new Together(Some.Event(4)));
        Log.Before = _ => Task.CompletedTask;
        // The event that a successor writes first has the number that the second of the stale ones would have.
        var successors = await Log.AppendedAsync(Some.Request(stream, expected: 0, count: 1));

        go.SetResult();

        (await ExpectMsgAsync<Failed>()).Cause.Should().BeOfType<StreamConflictException>();
        await ExpectTerminatedAsync(stale);
        await StartAsync(Some.Stream());
        (await Log.ReadAllAsync(stream)).Should().ContainSingle().Which.Offset.Should().Be(successors.Last);
    }

    [Fact]
    public async Task An_incarnation_waits_for_the_write_of_the_one_before_it()
    {
        var stream = Some.Stream();
        var first = await StartAsync(stream);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Log.Before = _ =>
        {
            arrived.TrySetResult();
            return go.Task;
        };
        first.Tell(new Together(Some.Event(), Some.Event()));
        await arrived.Task;
        await StopAsync(first);
        Log.Before = _ => Task.CompletedTask;

        var second = Sys.ActorOf(Recorder.Of(stream, TestActor));
        // Others recover meanwhile.
        Sys.ActorOf(Recorder.Of(Some.Stream(), TestActor));
        (await ExpectMsgAsync<Recovered>()).SequenceNr.Should().Be(0);
        go.SetResult();

        (await ExpectMsgAsync<Replayed>()).SequenceNr.Should().Be(1);
        (await ExpectMsgAsync<Replayed>()).SequenceNr.Should().Be(2);
        (await ExpectMsgAsync<Recovered>()).SequenceNr.Should().Be(2);
        second.Tell(new Together(Some.Event()));
        (await ExpectMsgAsync<Stored>()).SequenceNr.Should().Be(3);
    }

    [Fact]
    public async Task An_actor_that_moved_there_and_back_while_its_former_self_lived_loses_nothing()
    {
        var stream = Some.Stream();
        var old = await StartAsync(stream);
        old.Tell(new Together(Some.Event()));
        await ExpectMsgAsync<Stored>();
        // Elsewhere.
        await Log.AppendedAsync(Some.Request(stream, expected: 1, count: 2));
        var back = await StartAsync(stream, recovered: 3);
        back.Tell(new Together(Some.Event()));
        await ExpectMsgAsync<Stored>();
        await StopAsync(back);
        await StopAsync(old);

        await StartAsync(stream, recovered: 4);
    }
}
