using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Brokers.CTrader.Connection;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Connection;

public class OutgoingQueueTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void No_second_ever_holds_more_than_the_rate() =>
        Check.One(
            Seeded.Config(50),
            Prop.ForAll(
                Seeded.From(random => random.Next()).ToArbitrary(),
                seed =>
                {
                    var random = new Random(seed);
                    var clock = new FakeClock();
                    var window = new RateWindow(5, TimeSpan.FromSeconds(1), clock);
                    var passed = new List<DateTimeOffset>();
                    for (var i = 0; i < 300; i++)
                    {
                        clock.Advance(TimeSpan.FromMilliseconds(random.Next(120)));
                        if (window.Wait() == TimeSpan.Zero)
                        {
                            window.Take();
                            passed.Add(clock.GetUtcNow());
                        }
                    }

                    return passed.Zip(passed.Skip(5)).All(pair => pair.Second - pair.First >= TimeSpan.FromSeconds(1));
                }
            )
        );

    [Fact]
    public void The_wait_it_names_is_exactly_long_enough()
    {
        var queue = new OutgoingQueue(_clock);
        Add(queue, RequestClass.Ordinary, OutgoingQueue.OrdinaryPerSecond + 1);
        Drain(queue, out var wait).Should().Be(OutgoingQueue.OrdinaryPerSecond);

        _clock.Advance(wait - TimeSpan.FromTicks(1));
        queue.TryTake(out _).Should().BeNull();
        _clock.Advance(TimeSpan.FromTicks(1));
        queue.TryTake(out _).Should().NotBeNull();
    }

    [Fact]
    public void Commands_that_move_money_overtake_everything()
    {
        var queue = new OutgoingQueue(_clock);
        Add(queue, RequestClass.Historical, 2, first: 1);
        Add(queue, RequestClass.Ordinary, 2, first: 11);
        Add(queue, RequestClass.TradingCommand, 2, first: 21);

        Enumerable.Range(0, 6).Select(_ => queue.TryTake(out var _)!.Id).Should().Equal(21, 22, 11, 12, 1, 2);
    }

    [Fact]
    public void History_has_a_slower_rate_and_holds_nobody_up()
    {
        var queue = new OutgoingQueue(_clock);
        Add(queue, RequestClass.Historical, 20);
        Drain(queue, out _).Should().Be(OutgoingQueue.HistoricalPerSecond);

        Add(queue, RequestClass.Ordinary, 1, first: 100);

        queue.TryTake(out _)!.Id.Should().Be(100);
    }

    [Fact]
    public void A_full_line_turns_away_and_harms_no_other_line()
    {
        var queue = new OutgoingQueue(_clock);
        var turnedAway = Enumerable.Range(0, 2000).Count(id => !queue.TryAdd(Request(id), RequestClass.Historical));

        turnedAway.Should().BePositive();
        queue.TryAdd(Request(1), RequestClass.TradingCommand).Should().BeTrue();
    }

    [Fact]
    public void Nothing_waits_after_clearing()
    {
        var queue = new OutgoingQueue(_clock);
        Add(queue, RequestClass.Ordinary, 3);

        queue.Clear();

        queue.TryTake(out var wait).Should().BeNull();
        wait.Should().Be(Timeout.InfiniteTimeSpan);
    }

    private static void Add(OutgoingQueue queue, RequestClass requestClass, int count, int first = 1)
    {
        for (var id = first; id < first + count; id++)
        {
            queue.TryAdd(Request(id), requestClass).Should().BeTrue();
        }
    }

    private static OutgoingRequest Request(long id) => new(id, 2104, new ProtoOAVersionReq());

    private static int Drain(OutgoingQueue queue, out TimeSpan wait)
    {
        var count = 0;
        while (queue.TryTake(out wait) is not null)
        {
            count++;
        }

        return count;
    }
}
