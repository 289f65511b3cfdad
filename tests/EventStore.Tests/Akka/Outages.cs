using Akka.Actor;
using FluentAssertions;
using Trading.Domain.Ports;
using Trading.EventStore.Akka;
using Xunit;

namespace Trading.EventStore.Tests.Akka;

/// <summary>What becomes of writes and recoveries while the database is away, over every log.</summary>
public abstract class OutageContract(IEventLog log) : ActorsOnALog(log)
{
    [Fact]
    public async Task A_write_waits_until_the_log_is_back()
    {
        var stream = Some.Stream();
        var actor = await StartAsync(stream);
        var failures = Fail(times: 3, hook => Log.Before = _ => hook());

        actor.Tell(new Together(Some.Event(), Some.Event()));

        (await ExpectMsgAsync<Stored>()).SequenceNr.Should().Be(1);
        (await ExpectMsgAsync<Stored>()).SequenceNr.Should().Be(2);
        failures().Should().Be(3);
        (await Log.ReadAllAsync(stream)).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_commit_that_nobody_heard_of_is_recognised_and_not_written_twice()
    {
        var stream = await StreamOfAsync(4);
        var actor = await StartAsync(stream, recovered: 4);
        var e = Some.Events(3);
        var failures = Fail(times: 2, hook => Log.After = _ => hook());

        actor.Tell(new Together(e));

        for (var i = 5; i <= 7; i++)
        {
            (await ExpectMsgAsync<Stored>()).SequenceNr.Should().Be(i);
        }

        failures().Should().Be(2);
        var recorded = await Log.ReadAllAsync(stream, after: 4);
        recorded.Select(r => (r.Id, r.Offset)).Should().Equal(e.Select(written => (written.Id, written.Offset)));
        actor.Tell(new Together(Some.Event()));
        (await ExpectMsgAsync<Stored>()).SequenceNr.Should().Be(8);
    }

    [Fact]
    public async Task A_commit_that_nobody_heard_of_is_recognised_though_a_successor_has_written_behind_it()
    {
        var stream = Some.Stream();
        var actor = await StartAsync(stream);
        var e = Some.Event();
        Log.After = async _ =>
        {
            Log.After = _ => Task.CompletedTask;
            await Log.AppendedAsync(Some.Request(stream, expected: 1));
            throw TroubledLog.Away;
        };

        actor.Tell(new Together(e));

        (await ExpectMsgAsync<Stored>()).SequenceNr.Should().Be(1);
        (await Log.ReadAllAsync(stream))[0].Offset.Should().Be(e.Offset);
    }

    [Fact]
    public async Task A_repeated_event_is_not_taken_for_an_own_commit_because_the_log_was_away_before()
    {
        var known = Some.Event();
        await Log.AppendedAsync(Some.Request(Some.Stream()) with { Events = [known] });
        var stream = Some.Stream();
        var actor = await StartAsync(stream);
        Fail(times: 1, hook => Log.Before = _ => hook());

        actor.Tell(new Together(Some.Event(2, id: known.Id)));

        (await ExpectMsgAsync<Failed>()).Cause.Should().BeOfType<RepeatedEventException>();
        (await Log.ReadAllAsync(stream)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_recovery_waits_until_the_log_is_back_and_gives_each_event_once()
    {
        var stream = await StreamOfAsync(5_000);
        var reads = 0;
        Log.BeforeReading = () => ++reads is 1 or 3 or 4 ? Task.FromException(TroubledLog.Away) : Task.CompletedTask;

        await StartAsync(stream, recovered: 5_000);

        reads.Should().BeGreaterThan(4);
    }

    // Lets the first calls fail; tells how many did.
    private static Func<int> Fail(int times, Action<Func<Task>> hook)
    {
        var failed = 0;
        hook(() =>
        {
            if (failed == times)
            {
                return Task.CompletedTask;
            }

            failed++;
            return Task.FromException(TroubledLog.Away);
        });
        return () => failed;
    }
}
