using FluentAssertions;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.InMemory;
using Trading.Projections.Accounts;
using Trading.Projections.LatestPrices;
using Trading.Projections.Messages;
using Trading.Projections.Orders;
using Trading.Projections.Tests.Kit;
using Trading.Projections.TimeTravel;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class TimeTravelTests
{
    private static readonly UserKey User = SessionCases.User;

    [Fact]
    public async Task At_every_offset_an_account_is_what_a_screen_showed_then()
    {
        for (var salt = 0; salt < 5; salt++)
        {
            var history = new TradedHistory(Seeded.Random(salt));
            await history.TradeAsync(40);

            foreach (var (offset, shown) in history.Seen)
            {
                var past = await AtAsync(history, new Moment.AtOffset(new(offset)));
                TradedHistory.Shown.Of(past).Should().Be(shown, $"offset {offset}, seed {Seeded.Seed}");
            }
        }
    }

    [Fact]
    public async Task At_a_time_between_two_events_it_is_what_a_screen_showed_then_prices_included()
    {
        var history = new TradedHistory(Seeded.Random(11));
        await history.TradeAsync(80);

        foreach (var (at, offset, shown) in history.Between)
        {
            var asOf = await history.Moments.FindAsync(new Moment.AtTime(at), default);
            asOf!.Offset.Should().Be(offset);
            var past = await history.Past.FindAsync(new(User, null, asOf), null, default);
            TradedHistory.Shown.Of(past).Should().Be(shown, $"{at:O}, seed {Seeded.Seed}");
        }
    }

    [Fact]
    public async Task The_head_is_what_the_read_models_answer()
    {
        var history = new TradedHistory(Seeded.Random(12));
        await history.TradeAsync(60);
        await using var side = await ReadSide.PrepareAsync(history.Journal, history.Market);
        side.Run();
        await side.CaughtUpAsync(await history.Journal.HeadAsync(default));
        await side.MarketCaughtUpAsync();
        var live = await new AccountQueries(side.Sources).FindAsync(User, default);
        var prices = await new PriceQueries(side.Sources).ListAsync(BrokerEnvironment.Demo, default);

        var past = await history.Past.FindAsync(
            new(User, null, await history.Moments.NowAsync(default)) { WithOrders = true },
            null,
            default
        );

        TradedHistory
            .Shown.Of(past)
            .Should()
            .Be(
                TradedHistory.Shown.Of(
                    live,
                    symbol => prices.Items.FirstOrDefault(price => price.Symbol == symbol)?.Quote
                )
            );
        var working = await new OrderQueries(side.Sources).ListWorkingAsync(User, live!.Account, 1_000, default);
        past!.Orders.Select(OrderAnswer.Of).Should().Equal(working.Items.Select(OrderAnswer.Of));
    }

    [Fact]
    public async Task Each_figure_names_the_event_after_which_it_never_changed()
    {
        var history = new TradedHistory(Seeded.Random(13));
        await history.TradeAsync(60);
        var head = (await history.Journal.HeadAsync(default)).Value;
        var past = await AtAsync(history, new Moment.AtOffset(new(head)));
        var trail = past!.Trail!.Places;

        trail.Should().ContainKey("balance");
        foreach (var (figure, place) in trail)
        {
            var before = await AtAsync(history, new Moment.AtOffset(new(place.Value - 1)));
            var right = await AtAsync(history, new Moment.AtOffset(place));
            Changed(before, right).Should().Contain(figure, $"seed {Seeded.Seed}");
            Changed(right, past).Should().NotContain(figure, $"seed {Seeded.Seed}");
        }

        foreach (var figure in Changed(null, past))
        {
            trail.Should().ContainKey(figure);
        }

        trail
            .Keys.Where(figure => figure.StartsWith("positions.", StringComparison.Ordinal))
            .Select(figure => figure.Split('.')[1])
            .Distinct()
            .Should()
            .BeEquivalentTo(past.View.Positions.Select(held => held.Position.Id.Value));
    }

    [Fact]
    public async Task Before_the_first_event_there_is_nothing_and_the_future_is_not_told()
    {
        var history = new TradedHistory(Seeded.Random(14));
        await history.TradeAsync(1);
        var head = (await history.Journal.HeadAsync(default)).Value;
        var now = history.Clock.GetUtcNow();

        (await AtAsync(history, new Moment.AtOffset(Offset.Start))).Should().BeNull();
        (await AtAsync(history, new Moment.AtTime(now.AddYears(-1)))).Should().BeNull();
        (await history.Moments.FindAsync(new Moment.AtOffset(new(head + 1)), default)).Should().BeNull();
        (await history.Moments.FindAsync(new Moment.AtTime(now.AddMicroseconds(1)), default)).Should().BeNull();
        (await history.Moments.FindAsync(new Moment.AtTime(now), default))!.Offset.Should().Be(head);
    }

    [Fact]
    public async Task An_account_that_was_left_is_found_by_its_id_and_the_current_one_without()
    {
        var journal = new InMemoryEventLog(new FakeClock());
        await journal.AppendAsync(User, Some.Connected(User));
        await journal.AppendAsync(
            User,
            new AccountSelected { AccountId = "other", Environment = BrokerEnvironment.Live },
            Some.Balance(5m, 5m, "other")
        );
        var past = new AccountHistory(journal, journal, new InMemoryTickLog(new FakeClock()));
        var head = new AsOf((await journal.HeadAsync(default)).Value, new FakeClock().GetUtcNow());

        (await past.FindAsync(new(User, null, head), null, default))!.View.Account.Value.Should().Be("other");
        (await past.FindAsync(new(User, new(Some.Account), head), null, default))!.View.Balance.Should().Be(10_000m);
        (await past.FindAsync(new(User, new("third"), head), null, default)).Should().BeNull();
        (await past.FindAsync(new(UserKey.Of("nobody"), null, head), null, default)).Should().BeNull();
    }

    [Fact]
    public async Task An_event_that_no_read_model_could_take_in_stands_in_the_way_here_as_well_and_is_named()
    {
        await using var side = await ReadSide.StartAsync();
        await side.GivenAsync(User, Some.Connected(User));
        await side.GivenAsync(User, new PositionOpened { AccountId = Some.Account }, Some.Balance(1m, 1m));
        var live = await new AccountQueries(side.Sources).FindAsync(User, default);

        var past = await new AccountHistory(side.Journal, side.Journal, side.Market).FindAsync(
            new(User, null, new((await side.Journal.HeadAsync(default)).Value, new FakeClock().GetUtcNow())),
            null,
            default
        );

        past!.View.Balance.Should().Be(live!.Balance).And.Be(10_000m);
        past.Parked.Should().Contain("offset 7");
    }

    [Theory]
    [InlineData("42", "42")]
    [InlineData("0", "0")]
    [InlineData("2025-01-15T12:00:00Z", "2025-01-15T12:00:00.0000000+00:00")]
    [InlineData("2025-01-15T12:00:00+02:00", "2025-01-15T10:00:00.0000000+00:00")]
    [InlineData("2025-01-15", "2025-01-15T00:00:00.0000000+00:00")]
    [InlineData("2025-01-15 12:00:00.5+00", "2025-01-15T12:00:00.5000000+00:00")]
    [InlineData("yesterday", null)]
    [InlineData("10-10", null)]
    [InlineData("01-15-2025", null)]
    [InlineData("2025-01-15\0", null)]
    [InlineData("-1", null)]
    [InlineData("12:30", null)]
    [InlineData("", null)]
    public void A_moment_is_an_offset_or_a_time(string text, string? expected)
    {
        var read = Moment.Parse(text) switch
        {
            Moment.AtOffset at => at.Offset.ToString(),
            Moment.AtTime at => at.Time.ToString("O"),
            _ => null,
        };

        read.Should().Be(expected);
    }

    private static async Task<PastAccount?> AtAsync(TradedHistory history, Moment moment)
    {
        var asOf = await history.Moments.FindAsync(moment, default);
        return await history.Past.FindAsync(new(User, null, asOf!) { WithTrail = true }, null, default);
    }

    private static IEnumerable<string> Changed(PastAccount? before, PastAccount? after)
    {
        var changes = new List<FigureChange>();
        AccountFigures.Compare(before?.View, after?.View, changes);
        return changes.Select(change => change.Figure);
    }
}
