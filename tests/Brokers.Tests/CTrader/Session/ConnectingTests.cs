using FluentAssertions;
using Google.Protobuf;
using Trading.Brokers.Tests.CTrader.Peer;
using Trading.Domain;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Session;

public sealed class ConnectingTests : IAsyncLifetime
{
    private readonly LinkUnderTest _it = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _it.DisposeAsync();

    [Fact]
    public async Task Every_price_of_orders_positions_and_deals_is_what_the_broker_said_whatever_the_symbol_shows()
    {
        var gold = new ProtoOATradeData
        {
            SymbolId = DemoAccount.Xauusd,
            Volume = 100,
            TradeSide = ProtoOATradeSide.Buy,
        };
        _it.Account.Positions.Add(
            new ProtoOAPosition(DemoAccount.Position(70))
            {
                TradeData = gold,
                Price = 2350.375,
                StopLoss = 2340.125,
                TakeProfit = 2360.6255,
            }
        );
        _it.Account.Orders.Add(
            new ProtoOAOrder
            {
                OrderId = 8,
                OrderType = ProtoOAOrderType.StopLimit,
                TradeData = gold,
                LimitPrice = 2350.125,
                StopPrice = 2350.3755,
                ExecutionPrice = 2350.0625,
                StopLoss = 2340.375,
                TakeProfit = 2360.875,
            }
        );
        var since = TimeProvider.System.GetUtcNow().AddHours(-1);
        var deal = DemoAccount.Deal(5, since.AddMinutes(1).ToUnixTimeMilliseconds());
        deal.SymbolId = DemoAccount.Xauusd;
        deal.ExecutionPrice = 2350.375;
        _it.Account.Deals.Add(deal);

        var snapshot = (await _it.Open(since: since).GetAsync<BrokerReport.LinkUp>()).Snapshot;

        var position = snapshot.Positions.Single().Value;
        Of(position.Price, position.StopLoss, position.TakeProfit).Should().Equal(2350.375m, 2340.125m, 2360.6255m);
        var order = snapshot.Orders.Single().Value;
        Of(order.LimitPrice, order.StopPrice, order.ExecutionPrice, order.StopLoss, order.TakeProfit)
            .Should()
            .Equal(2350.125m, 2350.3755m, 2350.0625m, 2340.375m, 2360.875m);
        snapshot.Deals.Single().Price.ToDecimal().Should().Be(2350.375m);

        static decimal[] Of(params Trading.Domain.Events.DecimalValue[] prices) =>
            [.. prices.Select(price => price.ToDecimal())];
    }

    [Fact]
    public async Task A_link_comes_up_with_everything_the_account_holds()
    {
        _it.Account.Positions.Add(DemoAccount.Position(70));
        _it.Account.Orders.Add(
            new ProtoOAOrder
            {
                OrderId = 80,
                OrderType = ProtoOAOrderType.Limit,
                OrderStatus = ProtoOAOrderStatus.OrderStatusAccepted,
                LimitPrice = 1.0500000000000003,
                TradeData = new ProtoOATradeData
                {
                    SymbolId = DemoAccount.Eurusd,
                    Volume = 200_000,
                    TradeSide = ProtoOATradeSide.Sell,
                },
                TimeInForce = ProtoOATimeInForce.GoodTillCancel,
            }
        );

        var up = await _it.Open().GetAsync<BrokerReport.LinkUp>();

        up.Attempt.Should().Be(1);
        var account = up.Snapshot.Account;
        account.Balance.ToDecimal().Should().Be(10_000.00m);
        account.BalanceVersion.Should().Be(3);
        account.LeverageInCents.Should().Be(10_000);
        account.Description.Currency.Should().Be("USD");
        account.Description.MarginRule.Should().Be(Trading.Domain.Events.MarginRule.Max);
        account.Source.Type.Should().Be("ProtoOATrader");
        account.Source.Body.Should().Equal(_it.Account.Trader.ToByteString());

        var position = up.Snapshot.Positions.Should().ContainSingle().Subject;
        position.Value.Symbol.Should().Be("EURUSD");
        position.Value.Price.ToDecimal().Should().Be(1.101223333333m, "an average keeps what the broker computed");
        position.Value.StopLoss.ToDecimal().Should().Be(1.099m, "what a double adds to a number is no price");
        position.Value.TakeProfit.Should().BeNull();
        position.Value.UsedMargin.ToDecimal().Should().Be(11.20m);
        position.Source.Body.Should().Equal(_it.Account.Positions[0].ToByteString());

        var order = up.Snapshot.Orders.Should().ContainSingle().Subject;
        order.Value.Type.Should().Be("limit");
        order.Value.TimeInForce.Should().Be("good_till_cancel");
        order.Value.LimitPrice.ToDecimal().Should().Be(1.05m);

        up.Snapshot.Symbols.Symbols.Select(symbol => symbol.Name)
            .Should()
            .BeEquivalentTo("EURUSD", "GBPJPY", "XAUUSD", "USDJPY");
        var gold = up.Snapshot.Symbols.Symbols.Single(symbol => symbol.Name == "XAUUSD");
        gold.Digits.Should().Be(2);
        gold.BaseAsset.Should().Be("XAU");
        gold.AssetClass.Should().Be("Forex");
        up.Snapshot.Symbols.Conversions.Should()
            .ContainSingle()
            .Which.Symbols.Should()
            .Equal(["USDJPY"], "only the yen needs converting");
    }

    [Fact]
    public async Task Events_before_the_snapshot_are_part_of_it_and_events_after_it_are_news()
    {
        _it.Broker.Do<ProtoOAReconcileReq>(
            async (peer, _, id) =>
            {
                await peer.SendAsync(Filled(DemoAccount.Deal(501, DemoAccount.Start)));
                await peer.SendAsync(new ProtoOAReconcileRes { CtidTraderAccountId = DemoAccount.Id }, id);
                await peer.SendAsync(Filled(DemoAccount.Deal(502, DemoAccount.Start + 1)));
            }
        );
        // The account's figures are of the same moment as what is open.
        var traders = 0;
        _it.Broker.Do<ProtoOATraderReq>(
            async (peer, _, id) =>
            {
                if (Interlocked.Increment(ref traders) == 2)
                {
                    await peer.SendAsync(Filled(DemoAccount.Deal(500, DemoAccount.Start - 1)));
                }

                await peer.SendAsync(
                    new ProtoOATraderRes { CtidTraderAccountId = DemoAccount.Id, Trader = _it.Account.Trader },
                    id
                );
            }
        );

        _it.Open();
        var step = await _it.GetAsync<BrokerReport.OrderStep>(2);

        var up = await _it.GetAsync<BrokerReport.LinkUp>();
        up.Snapshot.Deals.Select(deal => deal.DealId).Should().Equal("500");
        step.Deal!.DealId.Should().Be("502");
        _it.Reports.OfType<BrokerReport.OrderStep>().First().Deal!.DealId.Should().Be("501");
    }

    [Fact]
    public async Task Wrong_application_credentials_stop_the_link_at_once()
    {
        var refused = await _it.Open(secret: "wrong").GetAsync<BrokerReport.LinkRefused>();

        refused.Code.Should().Be("CH_CLIENT_AUTH_FAILURE");
        refused.NeedsConsent.Should().BeFalse();
        await Eventually.Be(() => _it.Completed);
        _it.Broker.Peers.Should().ContainSingle();
    }

    [Fact]
    public async Task A_wrong_token_without_a_refresh_token_needs_consent()
    {
        var refused = await _it.Open(credentials: new BrokerCredentials("stale", null, null))
            .GetAsync<BrokerReport.LinkRefused>();

        refused.Code.Should().Be("CH_ACCESS_TOKEN_INVALID");
        refused.NeedsConsent.Should().BeTrue();
        await Eventually.Be(() => _it.Completed);
    }

    [Fact]
    public async Task A_refused_refresh_token_needs_consent()
    {
        var refused = await _it.Open(credentials: new BrokerCredentials("stale", "used-up", null))
            .GetAsync<BrokerReport.LinkRefused>();

        refused.NeedsConsent.Should().BeTrue();
    }

    [Theory]
    [InlineData("RET_ACCOUNT_DISABLED")]
    [InlineData("CH_CTID_TRADER_ACCOUNT_NOT_FOUND")]
    public async Task A_lost_account_stops_the_link_at_once(string code)
    {
        _it.Broker.On<ProtoOAAccountAuthReq>(_ => DemoAccount.Refusal(code));

        (await _it.Open().GetAsync<BrokerReport.LinkRefused>()).Code.Should().Be(code);
    }

    [Fact]
    public async Task An_account_that_is_no_number_is_refused_without_dialling()
    {
        (await _it.Open(account: "abc").GetAsync<BrokerReport.LinkRefused>()).Code.Should().Be("INVALID_ACCOUNT_ID");

        _it.Broker.Peers.Should().BeEmpty();
    }

    [Fact]
    public async Task An_account_already_authorised_is_as_good_as_authorised()
    {
        _it.Broker.On<ProtoOAAccountAuthReq>(_ => DemoAccount.Refusal("ALREADY_LOGGED_IN"));

        await _it.Open().GetAsync<BrokerReport.LinkUp>();
    }

    [Fact]
    public async Task A_request_never_answered_ends_the_try_and_the_next_one_succeeds()
    {
        var asked = 0;
        _it.Broker.On<ProtoOAAccountAuthReq>(_ =>
            Interlocked.Increment(ref asked) == 1
                ? null
                : new ProtoOAAccountAuthRes { CtidTraderAccountId = DemoAccount.Id }
        );

        _it.Open();

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be("REQUEST_TIMED_OUT");
        (await _it.GetAsync<BrokerReport.LinkUp>()).Attempt.Should().Be(2);
    }

    [Fact]
    public async Task Maintenance_is_waited_out_and_not_hammered_at()
    {
        var end = TimeProvider.System.GetUtcNow().AddMinutes(30);
        _it.Broker.On<ProtoOAAccountAuthReq>(_ => new ProtoOAErrorRes
        {
            ErrorCode = "SERVER_IS_UNDER_MAINTENANCE",
            MaintenanceEndTimestamp = end.ToUnixTimeSeconds(),
        });

        var down = await _it.Open().GetAsync<BrokerReport.LinkDown>();

        down.Code.Should().Be("SERVER_IS_UNDER_MAINTENANCE");
        _it.Broker.Peers.Should().ContainSingle();
    }

    [Fact]
    public async Task A_limit_of_pace_is_waited_out_on_the_same_connection()
    {
        var asked = 0;
        _it.Broker.On<ProtoOAReconcileReq>(_ =>
            Interlocked.Increment(ref asked) == 1
                ? DemoAccount.Refusal("REQUEST_FREQUENCY_EXCEEDED")
                : new ProtoOAReconcileRes { CtidTraderAccountId = DemoAccount.Id }
        );

        (await _it.Open().GetAsync<BrokerReport.LinkUp>()).Attempt.Should().Be(1);
    }

    internal static ProtoOAExecutionEvent Filled(ProtoOADeal deal) =>
        new()
        {
            CtidTraderAccountId = DemoAccount.Id,
            ExecutionType = ProtoOAExecutionType.OrderFilled,
            Deal = deal,
            Position = DemoAccount.Position(deal.PositionId),
        };
}
