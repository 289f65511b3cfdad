using FluentAssertions;
using Trading.Brokers.Tests.CTrader.Peer;
using Trading.Domain;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Session;

public sealed class HistoryTests : IAsyncLifetime
{
    private readonly LinkUnderTest _it = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _it.DisposeAsync();

    [Fact]
    public async Task History_is_read_over_weeks_and_pages_without_gap_or_repeat()
    {
        var start = TimeProvider.System.GetUtcNow().AddDays(-17);
        var stamps = Enumerable.Range(0, 60).Select(i => start.AddHours(6.5 * i).ToUnixTimeMilliseconds()).ToArray();
        // Several at the same moment, where pages meet.
        _it.Account.Deals.AddRange(stamps.Select((at, i) => DemoAccount.Deal(i + 1, i % 3 == 1 ? stamps[i - 1] : at)));
        _it.Account.PageSize = 7;
        _it.Account.Movements.Add(
            new ProtoOADepositWithdraw
            {
                BalanceHistoryId = 1,
                OperationType = ProtoOAChangeBalanceType.BalanceWithdraw,
                Balance = 500_00,
                Delta = 100_00,
                ChangeBalanceTimestamp = stamps[5],
                BalanceVersion = 2,
                MoneyDigits = 2,
            }
        );

        var up = await _it.Open(since: start.AddHours(-1)).GetAsync<BrokerReport.LinkUp>();

        up.Snapshot.Deals.Select(deal => int.Parse(deal.DealId)).Should().BeEquivalentTo(Enumerable.Range(1, 60));
        up.Snapshot.Deals.Should().BeInAscendingOrder(deal => deal.ExecutedAtMs);
        up.Snapshot.Deals.Should().OnlyContain(deal => deal.Recovered && deal.Source.Body.Length > 0);
        var movement = up.Snapshot.CashMovements.Should().ContainSingle().Subject;
        movement.Delta.ToDecimal().Should().Be(-100m, "what goes out is negative");
        movement.Operation.Should().Be("BALANCE_WITHDRAW");
    }

    [Fact]
    public async Task Orders_of_weeks_are_found_page_by_page_and_those_of_a_deal_that_no_list_shows_one_by_one()
    {
        var start = TimeProvider.System.GetUtcNow().AddDays(-16);
        var stamps = Enumerable.Range(0, 60).Select(i => start.AddHours(6.5 * i).ToUnixTimeMilliseconds()).ToArray();
        _it.Account.PastOrders.AddRange(
            stamps.Select((at, i) => Order(i + 1, i % 3 == 1 ? stamps[i - 1] : at, (ProtoOAOrderStatus)(i % 5 + 1)))
        );
        _it.Account.PastOrders.Add(Order(1_500, start.AddDays(-2).ToUnixTimeMilliseconds()));
        _it.Account.Deals.Add(DemoAccount.Deal(500, stamps[7]));
        _it.Account.PageSize = 7;

        var up = await _it.Open(since: start.AddHours(-1)).GetAsync<BrokerReport.LinkUp>();

        up.Snapshot.Gaps.Should().BeEmpty();
        up.Snapshot.PastOrders.Select(past => int.Parse(past.Details.OrderId))
            .Should()
            .BeEquivalentTo(Enumerable.Range(1, 60).Append(1_500));
        up.Snapshot.PastOrders.Should().BeInAscendingOrder(past => past.Details.UpdatedAtMs);
        up.Snapshot.PastOrders.Single(past => past.Details.OrderId == "7").Step.Should().Be(OrderStepKind.Filled);
        up.Snapshot.PastOrders.Single(past => past.Details.OrderId == "8").Step.Should().Be(OrderStepKind.Rejected);
        up.Snapshot.PastOrders.Should().OnlyContain(past => past.Source.Type == "ProtoOAOrder");
    }

    [Theory]
    [InlineData("UNSUPPORTED_MESSAGE")]
    [InlineData("INCORRECT_BOUNDARIES")]
    public async Task History_that_the_broker_will_not_tell_is_said_to_be_missing_and_keeps_nobody_away(string code)
    {
        var refusal = DemoAccount.Refusal(code, "Not here");
        _it.Broker.On<ProtoOADealListReq>(_ => refusal);
        _it.Broker.On<ProtoOAOrderListReq>(_ => refusal);
        _it.Broker.On<ProtoOACashFlowHistoryListReq>(_ => refusal);

        var up = await _it.Open(since: TimeProvider.System.GetUtcNow().AddHours(-1)).GetAsync<BrokerReport.LinkUp>();

        up.Snapshot.Gaps.Select(gap => (gap.Subject, gap.Code, gap.Detail))
            .Should()
            .Equal(("deals", code, "Not here"), ("orders", code, "Not here"), ("cash_movements", code, "Not here"));
    }

    [Fact]
    public async Task More_rows_of_one_moment_than_a_page_shows_are_said_to_be_missing()
    {
        var at = TimeProvider.System.GetUtcNow().AddMinutes(-10).ToUnixTimeMilliseconds();
        _it.Account.PastOrders.AddRange([Order(1, at - 5), Order(2, at), Order(3, at), Order(4, at), Order(5, at + 5)]);
        _it.Account.PageSize = 2;
        _it.Account.Deals.Add(DealOf(order: 2, at));
        _it.Account.Deals.Add(DealOf(order: 3, at));

        var up = await _it.Open(since: TimeProvider.System.GetUtcNow().AddHours(-1)).GetAsync<BrokerReport.LinkUp>();

        up.Snapshot.PastOrders.Select(past => past.Details.OrderId)
            .Should()
            .BeEquivalentTo(["1", "2", "3", "4", "5"], "what deals name is asked for one by one");
        up.Snapshot.Gaps.Where(gap => gap.Subject == "orders")
            .Should()
            .ContainSingle()
            .Which.Should()
            .BeEquivalentTo(
                new
                {
                    Subject = "orders",
                    Code = "TOO_MANY_ROWS",
                    FromMs = at,
                    ToMs = at,
                }
            );
    }

    [Fact]
    public async Task A_week_that_the_broker_will_not_tell_hides_no_other()
    {
        var now = TimeProvider.System.GetUtcNow();
        var late = now.AddDays(-1).ToUnixTimeMilliseconds();
        var begin = now.AddDays(-30).ToUnixTimeMilliseconds();
        _it.Broker.On<ProtoOAOrderListReq>(request =>
            request.ToTimestamp < late
                ? DemoAccount.Refusal("INCORRECT_BOUNDARIES", "Too long ago")
                : new ProtoOAOrderListRes { CtidTraderAccountId = DemoAccount.Id, Order = { Order(2, late) } }
        );

        var up = await _it.Open(since: now.AddDays(-30)).GetAsync<BrokerReport.LinkUp>();

        up.Snapshot.PastOrders.Select(past => past.Details.OrderId).Should().Equal("2");
        var gap = up.Snapshot.Gaps.Should().ContainSingle("weeks in a row are one gap").Subject;
        gap.FromMs.Should().Be(begin);
        gap.ToMs.Should().Be(begin + (long)TimeSpan.FromDays(28).TotalMilliseconds);
    }

    [Fact]
    public async Task An_order_that_cannot_be_told_now_is_missing_for_the_reason_that_the_broker_gave()
    {
        var at = TimeProvider.System.GetUtcNow().AddMinutes(-10).ToUnixTimeMilliseconds();
        _it.Account.Deals.Add(DealOf(order: 8, at));
        _it.Account.Deals.Add(DealOf(order: 9, at + 1));
        _it.Broker.On<ProtoOAOrderDetailsReq>(request =>
            request.OrderId == 8
                ? DemoAccount.Refusal("ORDER_NOT_FOUND", "None")
                : DemoAccount.Refusal("UNKNOWN_ERROR", "Oops")
        );

        var up = await _it.Open(since: TimeProvider.System.GetUtcNow().AddHours(-1)).GetAsync<BrokerReport.LinkUp>();

        up.Snapshot.Gaps.Select(gap => (gap.Code, gap.FromMs))
            .Should()
            .Equal(("ORDER_NOT_FOUND", at), ("UNKNOWN_ERROR", at + 1));
    }

    private static ProtoOADeal DealOf(long order, long atMs)
    {
        var deal = DemoAccount.Deal(order, atMs);
        deal.OrderId = order;
        return deal;
    }

    private static ProtoOAOrder Order(
        long id,
        long atMs,
        ProtoOAOrderStatus status = ProtoOAOrderStatus.OrderStatusFilled
    ) =>
        new()
        {
            OrderId = id,
            OrderType = ProtoOAOrderType.Market,
            OrderStatus = status,
            TradeData = new ProtoOATradeData
            {
                SymbolId = DemoAccount.Eurusd,
                Volume = 100_000,
                TradeSide = ProtoOATradeSide.Buy,
                OpenTimestamp = atMs,
            },
            UtcLastUpdateTimestamp = atMs,
            PositionId = 70,
        };

    [Fact]
    public async Task Without_a_moment_to_recover_from_no_history_is_asked_for()
    {
        await _it.Open().GetAsync<BrokerReport.LinkUp>();

        _it.Broker.Last.Count(ProtoOAPayloadType.ProtoOaDealListReq).Should().Be(0);
    }
}
