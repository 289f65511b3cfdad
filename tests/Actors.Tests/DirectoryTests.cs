using FluentAssertions;
using Trading.Actors.Tests.Journals;
using Trading.Actors.Tests.Support;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Actors.Tests;

public abstract class DirectoryTests(JournalKind kind)
{
    [Fact]
    public async Task Sessions_that_were_running_are_running_again_and_stopped_ones_stay_stopped()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var users = Enumerable.Range(0, 7).Select(n => UserKey.Of($"user {n}")).ToArray();
        foreach (var user in users)
        {
            await world.BeginAsync(process, user);
        }

        await World.SendAsync(process, SessionCases.Stop(), users[0]);
        await process.StopAsync(CancellationToken.None);
        var before = world.Broker.Links.Count;

        var second = await world.StartAsync();
        await second.Resumed;

        await Eventually.Be(() => world.Broker.Links.Count == before + 6);
        second.Sessions.Count.Should().Be(6);
        (await world.AllAsync<SessionStarted>(users[1])).Should().ContainSingle("coming back is not another start");
    }

    [Fact]
    public async Task A_stop_of_the_process_is_no_stop_of_the_session_and_closes_every_link()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var link = await world.GoLiveAsync(process);

        await process.StopAsync(CancellationToken.None);

        link.Disposed.Should().BeTrue();
        (await world.AllAsync<SessionStopped>()).Should().BeEmpty();
        (await World.SendAsync(process, SessionCases.Start())).Should().BeOfType<CommandOutcome.Unavailable>();
    }

    [Fact]
    public async Task Returning_sessions_take_turns()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        for (var n = 0; n < 12; n++)
        {
            await world.BeginAsync(process, UserKey.Of($"user {n}"));
        }

        await process.StopAsync(CancellationToken.None);
        var before = world.Broker.Links.Count;
        var clocked = World.Quick with { ResumeAtOnce = 3, ResumeTurn = TimeSpan.FromHours(1) };

        var second = await world.StartAsync(clocked);
        await Eventually.Be(() => world.Broker.Links.Count == before + 3);
        second.Sessions.Count.Should().Be(3);

        for (var n = 1; n <= 12; n++)
        {
            var link = await world.Broker.LinkAsync(before + n);
            world.Broker.Links.Count.Should().BeLessThanOrEqualTo(before + n + 2);
            await link.SayAsync(new SimulatedAccount().Down());
        }

        await second.Resumed;
        second.Sessions.Count.Should().Be(12);
    }

    [Fact]
    public async Task A_thousand_running_sessions_come_back_within_twenty_seconds()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        world.Broker.OnOpen = link => link.Say(new SimulatedAccount().Up(link.Settings.RecoverSince));
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1_000).Select(n => UserKey.Of($"user {n}")),
            async (user, _) =>
            {
                await World.SendAsync(process, await world.GrantAsync(user), user);
                await World.SendAsync(process, SessionCases.Start(user), user);
            }
        );
        await Eventually.Be(() => world.Broker.Links.Count == 1_000);
        await process.StopAsync(CancellationToken.None);
        var began = TimeProvider.System.GetTimestamp();

        var second = await world.StartAsync();
        await second.Resumed;

        second.Sessions.Count.Should().Be(1_000);
        TimeProvider.System.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task An_idle_session_leaves_memory_and_is_there_again_when_spoken_to()
    {
        var clock = new FakeClock(SessionCases.At);
        await using var world = await World.CreateAsync(kind, clock);
        var process = await world.StartAsync();
        var runner = UserKey.Of("runner");
        await world.GoLiveAsync(process, user: runner);
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        process.Sessions.Count.Should().Be(2);

        await Eventually.Be(() =>
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            return process.Sessions.Count == 1;
        });
        var again = await World.SendAsync(process, SessionCases.Start());

        again.Should().BeOfType<CommandOutcome.Accepted>();
        process.Sessions.Count.Should().Be(2);
        (await World.SendAsync(process, SessionCases.Start(runner), runner))
            .Should()
            .BeOfType<CommandOutcome.Unchanged>("a running session never leaves");
    }

    [Fact]
    public async Task Commands_that_meet_a_leaving_session_reach_its_successor()
    {
        var clock = new FakeClock(SessionCases.At);
        await using var world = await World.CreateAsync(kind, clock);
        var process = await world.StartAsync();
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));

        var answers = new List<Task<CommandOutcome>>();
        for (var n = 0; n < 200; n++)
        {
            clock.Advance(TimeSpan.FromMinutes(7));
            answers.Add(World.SendAsync(process, n % 2 == 0 ? SessionCases.Start() : SessionCases.Stop()));
            await answers[^1];
        }

        (await Task.WhenAll(answers)).Should().AllBeOfType<CommandOutcome.Accepted>();
        (await world.AllAsync<SessionStarted>()).Should().HaveCount(100);
    }

    [Fact]
    public async Task More_sessions_than_allowed_are_refused_for_now()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync(World.Quick with { MaxSessions = 1 });
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        var other = UserKey.Of("other");

        (await World.SendAsync(process, await world.GrantAsync(other), other))
            .Should()
            .BeOfType<CommandOutcome.Unavailable>();
    }

    [Fact]
    public async Task The_list_of_running_sessions_comes_from_the_log_with_or_without_a_snapshot_of_it()
    {
        var clock = new FakeClock(SessionCases.At);
        await using var world = await World.CreateAsync(kind, clock);
        var process = await world.StartAsync();
        var early = UserKey.Of("early");
        var late = UserKey.Of("late");
        await world.BeginAsync(process, early);
        clock.Advance(TimeSpan.FromMinutes(2));
        await world.BeginAsync(process, late);
        await World.SendAsync(process, SessionCases.Stop(), early);
        await process.StopAsync(CancellationToken.None);
        var before = world.Broker.Links.Count;

        var second = await world.StartAsync();
        clock.Advance(TimeSpan.FromSeconds(5));
        await Eventually.Be(() => world.Broker.Links.Count == before + 1);
        second.Sessions.Count.Should().Be(1);
    }
}
