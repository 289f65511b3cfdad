using FluentAssertions;
using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Projections.Deals;
using Trading.Projections.Orders;
using Trading.Projections.Positions;
using Trading.Projections.Symbols;
using Trading.Projections.Tests.Kit;
using Trading.Projections.Users;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class TradeProjectionTests : IAsyncLifetime
{
    private static readonly AccountId Account = new(Some.Account);
    private ReadSide _side = null!;

    public async Task InitializeAsync() => _side = await ReadSide.StartAsync();

    public async Task DisposeAsync() => await _side.DisposeAsync();

    [Fact]
    public async Task An_open_position_is_listed_with_all_that_the_broker_states()
    {
        var details = Some.Position("p1", "USDJPY", Side.Sell, 150.123m, 500);
        details.StopLoss = 151m.ToEvent();
        var offset = await _side.GivenAsync(Some.Alice, Some.Opened(details));

        var open = await Positions.ListOpenAsync(Some.Alice, Account, default);

        open.Items.Should()
            .ContainSingle()
            .Which.Should()
            .BeEquivalentTo(
                new
                {
                    Id = new PositionId("p1"),
                    Symbol = new SymbolName("USDJPY"),
                    Side = Side.Sell,
                    Volume = 500L,
                    Price = 150.123m,
                    StopLoss = (decimal?)151m,
                    TakeProfit = (decimal?)null,
                    Commission = -0.25m,
                    UsedMargin = (decimal?)110m,
                    Label = "mine",
                    IsOpen = true,
                }
            );
        open.Stamp!.Value.Offset.Should().Be(offset);
    }

    [Fact]
    public async Task A_closed_position_leaves_the_list_and_the_list_knows_that_it_changed()
    {
        await _side.GivenAsync(Some.Alice, Some.Opened(Some.Position("p1")), Some.Opened(Some.Position("p2")));
        var offset = await _side.GivenAsync(Some.Alice, Some.Closed("p1"));

        var open = await Positions.ListOpenAsync(Some.Alice, Account, default);
        var closed = await Positions.ListClosedAsync(Some.Alice, Account, 10, default);

        open.Items.Select(position => position.Id.Value).Should().Equal("p2");
        open.Stamp!.Value.Offset.Should().Be(offset, "an ETag must change when a position goes");
        closed.Items.Single().CloseCause.Should().Be("deal");
    }

    [Fact]
    public async Task Figures_of_a_closed_position_change_nothing()
    {
        var closed = await _side.GivenAsync(Some.Alice, Some.Opened(Some.Position("p1")), Some.Closed("p1"));
        await _side.GivenAsync(
            Some.Alice,
            new MarginChanged
            {
                AccountId = Some.Account,
                PositionId = "p1",
                UsedMargin = 1m.ToEvent(),
            },
            new SwapCharged
            {
                AccountId = Some.Account,
                PositionId = "p9",
                Swap = 1m.ToEvent(),
            }
        );

        var positions = await Positions.ListClosedAsync(Some.Alice, Account, 10, default);

        positions.Items.Single().Stamp.Offset.Should().Be(closed);
    }

    [Fact]
    public async Task An_order_is_working_until_it_is_filled_cancelled_or_expired()
    {
        await _side.GivenAsync(
            Some.Alice,
            new OrderAccepted { AccountId = Some.Account, Order = Some.Order("1") },
            new OrderAccepted { AccountId = Some.Account, Order = Some.Order("2") },
            new OrderAccepted { AccountId = Some.Account, Order = Some.Order("3") },
            new OrderAccepted { AccountId = Some.Account, Order = Some.Order("4") },
            new OrderFilled
            {
                AccountId = Some.Account,
                Order = Some.Order("1", 5),
                DealId = "d1",
            },
            new OrderFilled
            {
                AccountId = Some.Account,
                Order = Some.Order("2", 9),
                DealId = "d2",
                Complete = true,
            },
            new OrderCancelled { AccountId = Some.Account, Order = Some.Order("3") },
            new OrderExpired { AccountId = Some.Account, Order = Some.Order("4") }
        );

        var all = await Orders.ListAsync(Some.Alice, Account, 10, default);
        var working = await Orders.ListWorkingAsync(Some.Alice, Account, 10, default);

        all.Items.ToDictionary(order => order.Id.Value, order => order.Status)
            .Should()
            .Equal(
                new Dictionary<string, OrderStatus>
                {
                    ["1"] = OrderStatus.PartiallyFilled,
                    ["2"] = OrderStatus.Filled,
                    ["3"] = OrderStatus.Cancelled,
                    ["4"] = OrderStatus.Expired,
                }
            );
        working
            .Items.Single()
            .Should()
            .BeEquivalentTo(
                new
                {
                    Id = new OrderId("1"),
                    Type = "limit",
                    ExecutedVolume = 5L,
                    LimitPrice = (decimal?)1.05m,
                    StopPrice = (decimal?)null,
                    ClientOrderId = "mine-1",
                }
            );
    }

    [Fact]
    public async Task A_refused_cancellation_leaves_the_order_working_and_a_refused_order_is_rejected()
    {
        await _side.GivenAsync(
            Some.Alice,
            new OrderAccepted { AccountId = Some.Account, Order = Some.Order("1") },
            new OrderRejected
            {
                AccountId = Some.Account,
                OrderId = "1",
                Code = "TOO_LATE",
                Request = "cancel",
            },
            new OrderRejected
            {
                AccountId = Some.Account,
                OrderId = "2",
                Code = "NO_MONEY",
                Request = "order",
            },
            new OrderRejected
            {
                AccountId = Some.Account,
                Code = "NEVER_AN_ORDER",
                Request = "order",
            }
        );

        var orders = await Orders.ListAsync(Some.Alice, Account, 10, default);

        orders
            .Items.Select(order => (order.Id.Value, order.Status, order.RefusalCode))
            .Should()
            .Equal(("2", OrderStatus.Rejected, "NO_MONEY"), ("1", OrderStatus.Working, "TOO_LATE"));
    }

    [Fact]
    public async Task A_deal_stands_once_and_pages_backwards()
    {
        var closing = Some.Deal("d2");
        closing.Closed = new()
        {
            EntryPrice = 1.1m.ToEvent(),
            GrossProfit = (-68.15m).ToEvent(),
            Swap = 0m.ToEvent(),
            Commission = (-0.56m).ToEvent(),
            ConversionFee = 0m.ToEvent(),
            Balance = 99.5m.ToEvent(),
            ClosedVolume = 10,
        };
        var again = Some.Deal("d1");
        again.Volume = 999;
        await _side.GivenAsync(Some.Alice, Some.Deal("d1"), closing, Some.Deal("d3"), again);
        var deals = new DealQueries(_side.Sources);

        var newest = await deals.ListAsync(Some.Alice, Account, before: null, limit: 2, default);
        var older = await deals.ListAsync(Some.Alice, Account, newest.Items[^1].Stamp.Offset, 2, default);

        newest.Items.Select(deal => deal.Id.Value).Should().Equal("d3", "d2");
        newest.Items[1].Closed!.GrossProfit.Should().Be(-68.15m);
        newest.Items[0].Closed.Should().BeNull();
        older.Items.Should().ContainSingle().Which.Volume.Should().Be(1_000_000);
    }

    [Fact]
    public async Task A_listing_replaces_the_one_before()
    {
        await _side.GivenAsync(Some.Alice, Some.Symbols());
        var first = await new SymbolQueries(_side.Sources).FindAsync(Some.Alice, Account, default);
        var shorter = Some.Symbols();
        shorter.Symbols.RemoveAt(0);
        await _side.GivenAsync(Some.Alice, shorter);
        var second = await new SymbolQueries(_side.Sources).FindAsync(Some.Alice, Account, default);

        first!.Symbols.Select(symbol => symbol.Name.Value).Should().Equal("EURGBP", "EURUSD", "GBPUSD", "USDJPY");
        first
            .Symbols[3]
            .Should()
            .BeEquivalentTo(
                new
                {
                    SymbolId = 2L,
                    Digits = 3,
                    LotSize = 10_000_000L,
                    Enabled = true,
                }
            );
        second!.Symbols.Select(symbol => symbol.Name.Value).Should().Equal("EURGBP", "GBPUSD", "USDJPY");
    }

    [Fact]
    public async Task A_user_is_found_by_id_and_by_address()
    {
        var address = UserKey.Of("alice@elsewhere.org");
        await _side.GivenAsync(
            Some.Alice,
            new UserIdentified
            {
                UserKey = Some.Alice.Value,
                SealedUserId = ByteString.CopyFromUtf8("id"),
                EmailKey = address.Value,
                SealedEmail = ByteString.CopyFromUtf8("address"),
            }
        );
        var users = new UserQueries(_side.Sources);

        (await users.FindAsync(Some.Alice, default))!.User.Should().Be(Some.Alice);
        (await users.FindAsync(address, default))!.User.Should().Be(Some.Alice);
        (await users.FindAsync(Some.Bob, default)).Should().BeNull();
    }

    private PositionQueries Positions => new(_side.Sources);

    private OrderQueries Orders => new(_side.Sources);
}
