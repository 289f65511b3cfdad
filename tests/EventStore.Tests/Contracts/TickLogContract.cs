using FluentAssertions;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Contracts;

/// <summary>What every market log must do.</summary>
public abstract class TickLogContract
{
    protected abstract ITickLog Log { get; }

    [Fact]
    public async Task Ticks_are_read_back_exactly_each_with_its_own_offset()
    {
        var random = Seeded.Random(1);
        var feed = Some.Stream("feed");
        var epoch = (await Log.ClaimAsync(feed, default)).Epoch;
        var before = await Log.HeadAsync(default);
        var written = new List<Tick>();
        for (var i = 0; i < 20; i++)
        {
            var ticks = Some.Ticks(random, random.Next(1, 300));
            written.AddRange(ticks);
            (await Log.AppendAsync(feed, epoch, ticks, default))
                .Should()
                .Be(new AppendOutcome.Appended(before.Plus(written.Count), new(written.Count)));
        }

        foreach (var cut in (int[])[0, 1, 77, written.Count - 1, written.Count])
        {
            var at = before.Plus(cut);
            var read = new List<Tick>();
            await foreach (var block in Log.ReadAsync(before.Plus(cut), default))
            {
                block.First.Should().Be(at.Plus(1));
                block.Stream.Should().Be(feed);
                read.AddRange(block.Ticks.ToArray());
                at = block.Last;
            }

            read.Should().Equal(written.Skip(cut));
        }
    }

    [Fact]
    public async Task A_claim_fences_the_feed_that_was()
    {
        var feed = Some.Stream("feed");
        var ticks = Some.Ticks(Seeded.Random(2), 5);
        var first = await Log.ClaimAsync(feed, default);
        await Log.AppendAsync(feed, first.Epoch, ticks, default);

        var second = await Log.ClaimAsync(feed, default);

        second.Version.Should().Be(new StreamVersion(5));
        (await Log.AppendAsync(feed, first.Epoch, ticks, default)).Should().Be(new AppendOutcome.Fenced(second.Epoch));
        (await Log.AppendAsync(feed, second.Epoch, ticks, default))
            .Should()
            .BeOfType<AppendOutcome.Appended>()
            .Which.Version.Value.Should()
            .Be(10);
    }

    [Fact]
    public async Task A_follower_gets_every_tick_once_and_in_order()
    {
        const int Feeds = 3;
        const int Appends = 60;
        var before = await Log.HeadAsync(default);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var followed = new List<TickBlock>();
        var follower = Task.Run(
            async () =>
            {
                await foreach (var block in Log.SubscribeAsync(before, limit.Token))
                {
                    followed.Add(block);
                    if (followed.Sum(b => b.Ticks.Length) == Feeds * Appends * 10)
                    {
                        return;
                    }
                }
            },
            limit.Token
        );

        var written = await Task.WhenAll(
            Enumerable
                .Range(0, Feeds)
                .Select(n =>
                    Task.Run(async () =>
                    {
                        var feed = Some.Stream("feed");
                        var epoch = (await Log.ClaimAsync(feed, default)).Epoch;
                        var ticks = Some.Ticks(Seeded.Random(10 + n), Appends * 10);
                        for (var i = 0; i < Appends; i++)
                        {
                            await Log.AppendAsync(feed, epoch, ticks.AsMemory(i * 10, 10), default);
                        }

                        return (Feed: feed, Ticks: ticks);
                    })
                )
        );

        await follower;
        var at = before;
        foreach (var block in followed)
        {
            block.First.Should().Be(at.Plus(1));
            at = block.Last;
        }

        foreach (var (feed, ticks) in written)
        {
            followed.Where(b => b.Stream == feed).SelectMany(b => b.Ticks.ToArray()).Should().Equal(ticks);
        }
    }

    [Fact]
    public async Task The_buffer_of_an_append_may_be_used_again_at_once()
    {
        var feed = Some.Stream("feed");
        var epoch = (await Log.ClaimAsync(feed, default)).Epoch;
        var before = await Log.HeadAsync(default);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var follower = Log.SubscribeAsync(before, limit.Token).GetAsyncEnumerator(limit.Token);
        var next = follower.MoveNextAsync();
        var ticks = Some.Ticks(Seeded.Random(3), 50);
        var original = ticks.ToArray();

        var append = Log.AppendAsync(feed, epoch, ticks, default);
        ticks.AsSpan().Clear();
        await append;

        (await next).Should().BeTrue();
        follower.Current.Ticks.ToArray().Should().Equal(original);
    }

    [Fact]
    public async Task An_append_without_ticks_or_with_too_many_is_a_bug_of_the_caller()
    {
        var none = () => Log.AppendAsync(Some.Stream("feed"), new(1), default, default).AsTask();
        var many = () => Log.AppendAsync(Some.Stream("feed"), new(1), new Tick[100_000], default).AsTask();

        await none.Should().ThrowAsync<ArgumentException>();
        await many.Should().ThrowAsync<ArgumentException>();
    }
}
