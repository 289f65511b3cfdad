using System.Diagnostics;
using FluentAssertions;
using Trading.Actors.Tests.Journals;
using Trading.Actors.Tests.Support;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;
using Xunit.Abstractions;

namespace Trading.Actors.Tests;

public sealed class TickPathTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_tick_of_the_source_is_in_the_log_once_and_in_order()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        var link = await SourceAsync(world);

        for (var n = 0; n < 50; n++)
        {
            await link.TickAsync(Ticks.Range(n * 100, 100));
        }

        await Eventually.Be(async () => (await world.TicksAsync()).Count == 5_000);
        (await world.TicksAsync()).Should().Equal(Ticks.Range(0, 5_000));
    }

    [Fact]
    public async Task What_comes_while_an_append_is_in_flight_goes_into_the_next_one()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        var link = await SourceAsync(world);
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var appends = 0;
        world.Market.Before = () =>
        {
            appends++;
            return hold.Task;
        };

        await link.TickAsync(Ticks.At(0));
        await Eventually.Be(() => appends == 1);
        for (var n = 1; n <= 99; n++)
        {
            await link.TickAsync(Ticks.At(n));
        }

        hold.SetResult();
        await Eventually.Be(async () => (await world.TicksAsync()).Count == 100);
        appends.Should().Be(2);
    }

    [Fact]
    public async Task The_quote_a_broker_repeats_after_a_reconnect_is_recorded_once()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        var account = new SimulatedAccount();
        var link = await SourceAsync(world, account);
        await link.TickAsync(Ticks.At(1), Ticks.At(1, "XAUUSD"), Ticks.At(2));

        await link.SayAsync(account.Down());
        await link.SayAsync(account.Up(account.Now));
        await world.HasAsync<SessionConnected>(times: 2);
        await link.TickAsync(Ticks.At(2), Ticks.At(5, "XAUUSD"), Ticks.At(3));

        await Eventually.Be(async () => (await world.TicksAsync()).Count >= 5);
        (await world.TicksAsync())
            .Should()
            .Equal(Ticks.At(1), Ticks.At(1, "XAUUSD"), Ticks.At(2), Ticks.At(5, "XAUUSD"), Ticks.At(3));
    }

    [Fact]
    public async Task An_equal_quote_in_the_middle_of_a_stream_is_a_tick_of_its_own()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        var link = await SourceAsync(world);

        await link.TickAsync(Ticks.At(1), Ticks.At(2), Ticks.At(2));

        await Eventually.Be(async () => (await world.TicksAsync()).Count == 3);
    }

    [Fact]
    public async Task After_a_restart_the_repeated_quote_is_known_from_the_log_with_and_without_a_snapshot()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        world.Broker.OnOpen = link => link.Say(new SimulatedAccount().Up(link.Settings.RecoverSince));
        for (var life = 0; life < 4; life++)
        {
            var process = await world.StartAsync();
            var link = await SourceAsync(world, process, life + 1);
            // The first is what the broker repeats on subscription, except in the first life.
            await link.TickAsync(Ticks.At(life), Ticks.At(life + 1));
            await Eventually.Be(async () => (await world.TicksAsync()).Count == life + 2);
            await process.StopAsync(CancellationToken.None);
        }

        (await world.TicksAsync()).Should().Equal(Ticks.Range(0, 5));
    }

    [Fact]
    public async Task Ticks_whose_append_failed_or_whose_answer_was_lost_are_in_the_log_once()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        var link = await SourceAsync(world);
        var failures = 0;
        world.Market.Before = () => failures++ % 3 == 0 ? throw new IOException("away") : Task.CompletedTask;
        var answers = 0;
        world.Market.After = () => answers++ % 3 == 0 ? throw new IOException("lost") : Task.CompletedTask;

        for (var n = 0; n < 20; n++)
        {
            await link.TickAsync(Ticks.Range(n * 10, 10));
            await Eventually.Be(async () => (await world.TicksAsync()).Count == (n + 1) * 10);
        }

        (await world.TicksAsync()).Should().Equal(Ticks.Range(0, 200));
    }

    [Fact]
    public async Task A_tick_whose_settling_fails_as_well_is_in_the_log_once()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        var link = await SourceAsync(world);
        var lost = 0;
        world.Market.After = () => lost++ == 0 ? throw new IOException("lost") : Task.CompletedTask;
        var failures = 0;
        world.Market.BeforeReading = () =>
        {
            if (lost == 1 && failures++ < 2)
            {
                throw new IOException("away");
            }
        };

        await link.TickAsync(Ticks.At(1));
        await Eventually.Be(() => failures > 2);
        await link.TickAsync(Ticks.At(2));

        await Eventually.Be(async () => (await world.TicksAsync()).Count >= 2);
        (await world.TicksAsync()).Should().Equal(Ticks.At(1), Ticks.At(2));
    }

    [Fact]
    public async Task A_full_buffer_makes_the_link_wait_and_loses_nothing()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        var link = await SourceAsync(world, options: World.Quick with { TickBuffer = 64 });
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Market.Before = () => hold.Task;

        var accepted = link.TickAsync(Ticks.Range(0, 1_000)).AsTask();
        await Eventually.Be(() => !accepted.IsCompleted);
        (await world.TicksAsync()).Should().BeEmpty();
        hold.SetResult();
        await accepted;

        await Eventually.Be(async () => (await world.TicksAsync()).Count == 1_000);
        (await world.TicksAsync()).Should().Equal(Ticks.Range(0, 1_000));
    }

    [Fact]
    public async Task A_stop_writes_what_is_waiting()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        var process = await world.StartAsync();
        var link = await SourceAsync(world, process);
        await link.TickAsync(Ticks.Range(0, 500));

        await process.StopAsync(CancellationToken.None);

        (await world.TicksAsync()).Should().HaveCount(500);
    }

    [Fact]
    public async Task A_feed_claimed_by_another_process_records_no_more_here_and_says_so()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        var process = await world.StartAsync();
        var link = await SourceAsync(world, process);

        await world.Market.ClaimAsync(StreamName.Of("feed", "demo"), CancellationToken.None);
        await link.TickAsync(Ticks.At(1));

        await Eventually.Be(() => process.Feeds.StatusOf(BrokerEnvironment.Demo).Fenced);
        await link.TickAsync(Ticks.At(2));
        (await world.TicksAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Ticks_pass_fast()
    {
        await using var world = await World.CreateAsync(JournalKind.InMemory);
        // Memory for a million ticks is the log's affair: only the way there is measured.
        var link = await SourceAsync(world);
        var batch = Ticks.Range(0, 1_000);
        for (var warm = 0; warm < 200; warm++)
        {
            await link.TickAsync(batch);
        }

        await Eventually.Be(async () => await CountAsync(world) == 200_000);
        var began = Stopwatch.GetTimestamp();
        for (var n = 0; n < 1_000; n++)
        {
            await link.TickAsync(batch);
        }

        await Eventually.Be(async () => await CountAsync(world) == 1_200_000);
        var rate = 1_000_000 / Stopwatch.GetElapsedTime(began).TotalSeconds;
        output.WriteLine($"{rate:N0} ticks/s");
        rate.Should().BeGreaterThan(250_000, "a shared machine may be slow, but not that slow");
    }

    private static async Task<long> CountAsync(World world) =>
        (await world.Market.HeadAsync(CancellationToken.None)).Value;

    private static async Task<ScriptedLink> SourceAsync(
        World world,
        SimulatedAccount? account = null,
        ActorOptions? options = null
    )
    {
        var process = await world.StartAsync(options);
        var link = await world.GoLiveAsync(process, account);
        await Eventually.Be(() => process.Feeds.StatusOf(BrokerEnvironment.Demo).Live);
        return link;
    }

    private static async Task<ScriptedLink> SourceAsync(World world, TradingActors process, int life = 1)
    {
        if (life == 1)
        {
            await world.GoLiveAsync(process);
        }

        await Eventually.Be(() => process.Feeds.StatusOf(BrokerEnvironment.Demo).Live);
        return await world.Broker.LinkAsync(life);
    }
}
