using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore.InMemory;
using Trading.TestKit;
using Trading.Tools.Replay;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class PlayerTests
{
    private readonly FakeClock _recording = new();
    private readonly InMemoryEventLog _journal;
    private readonly InMemoryTickLog _market;

    public PlayerTests()
    {
        _journal = new(_recording);
        _market = new(_recording);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(0)]
    public async Task Both_logs_are_played_in_recorded_order_with_the_pauses_there_were_at_the_speed_asked_for(
        int speed
    )
    {
        await TickAsync();
        _recording.Advance(TimeSpan.FromSeconds(20));
        await EventAsync();
        _recording.Advance(TimeSpan.FromSeconds(40));
        await TickAsync();
        await EventAsync();
        var clock = new FakeClock();
        var began = clock.GetUtcNow();
        var played = new List<(bool IsTick, TimeSpan After)>();

        var playing = new Player(_journal, _market, clock).PlayAsync(
            new() { UpTo = new(2), TicksUpTo = new(2) },
            speed,
            (item, _) =>
            {
                lock (played)
                {
                    played.Add((item.Ticks is not null, clock.GetUtcNow() - began));
                }

                return Task.CompletedTask;
            },
            default
        );
        while (!playing.IsCompleted)
        {
            await Eventually.Be(() => clock.PendingTimers > 0 || playing.IsCompleted);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        await playing;
        played.Select(one => one.IsTick).Should().Equal(true, false, true, false);
        var factor = speed == 0 ? 0 : 1.0 / speed;
        played
            .Select(one => one.After)
            .Should()
            .Equal(
                TimeSpan.Zero,
                20 * factor * TimeSpan.FromSeconds(1),
                60 * factor * TimeSpan.FromSeconds(1),
                60 * factor * TimeSpan.FromSeconds(1)
            );
    }

    [Fact]
    public async Task A_pause_may_be_longer_than_any_timer()
    {
        var pause = TimeSpan.FromDays(120);
        await EventAsync();
        _recording.Advance(pause);
        await EventAsync();
        var clock = new FakeClock();
        var began = clock.GetUtcNow();
        var played = new List<TimeSpan>();

        var playing = new Player(_journal, _market, clock).PlayAsync(
            new() { UpTo = new(2), TicksUpTo = Offset.Start },
            1,
            (_, _) =>
            {
                played.Add(clock.GetUtcNow() - began);
                return Task.CompletedTask;
            },
            default
        );
        while (!playing.IsCompleted)
        {
            await Eventually.Be(() => clock.PendingTimers > 0 || playing.IsCompleted);
            clock.Advance(TimeSpan.FromHours(12));
        }

        await playing;
        played.Should().Equal(TimeSpan.Zero, pause);
    }

    private async Task TickAsync()
    {
        var feed = MarketStreams.FeedOf(BrokerEnvironment.Demo);
        var claim = await _market.ClaimAsync(feed, default);
        await _market.AppendAsync(feed, claim.Epoch, new[] { Journal.Tick("EURUSD", 1.1m, 1) }, default);
    }

    private async Task EventAsync() =>
        await _journal.AppendAsync(
            new()
            {
                Stream = Journal.StreamOf(Journal.Ann),
                ExpectedVersion = null,
                Events = [EventEnvelope.Of(Journal.Balance(1m), Journal.Noon, Journal.Ann)],
            },
            default
        );
}
