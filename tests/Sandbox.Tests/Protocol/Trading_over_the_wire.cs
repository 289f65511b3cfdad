using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Control;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Protocol;

public sealed class Trading_over_the_wire : SandboxTest
{
    private const long Demo = 5_150_705;

    [Fact]
    public async Task An_order_is_answered_by_events_with_its_id_and_seen_by_every_connection_of_the_account()
    {
        var client = await LogInAsync();
        var other = await LogInAsync();

        await client.SendAsync(MarketOrder(), "order-1");

        var frames = new[] { await client.NextAsync(), await client.NextAsync() };
        frames.Select(f => f.ClientMsgId).Should().Equal("order-1", "order-1");
        var filled = Wire.Decode<ProtoOAExecutionEvent>(frames[1]);
        filled.ExecutionType.Should().Be(ProtoOAExecutionType.OrderFilled);
        filled.Order.ClientOrderId.Should().Be("c-1");
        filled.Deal.ExecutionPrice.Should().Be(1.09009);
        (await other.NextAsync()).ClientMsgId.Should().Be("order-1", "others see it as somebody else's");
        var state = Sandbox.Control.Account(Demo);
        state.Positions.Should().Contain(p => p.PositionId == filled.Position.PositionId && p.Volume == 100_000);
    }

    [Fact]
    public async Task A_refused_command_is_an_order_error_with_the_id_of_the_request()
    {
        var client = await LogInAsync();
        var order = MarketOrder();
        order.StopLoss = 1.05;

        var error = await client.AskAsync<ProtoOAOrderErrorEvent>(order);

        error.ErrorCode.Should().Be("INVALID_REQUEST");
        error.CtidTraderAccountId.Should().Be(Demo);
    }

    [Fact]
    public async Task A_price_that_is_no_decimal_of_the_symbol_is_refused_digit_by_digit()
    {
        var client = await LogInAsync();
        var order = MarketOrder();
        order.OrderType = ProtoOAOrderType.Limit;
        order.LimitPrice = 1.0534199999999998;

        (await client.AskAsync<ProtoOAOrderErrorEvent>(order)).Description.Should().Contain("1.0534199999999998");
    }

    [Fact]
    public async Task Reconciliation_lists_protection_only_when_asked()
    {
        var client = await LogInAsync();

        var plain = await client.AskAsync<ProtoOAReconcileRes>(new ProtoOAReconcileReq { CtidTraderAccountId = Demo });
        var full = await client.AskAsync<ProtoOAReconcileRes>(
            new ProtoOAReconcileReq { CtidTraderAccountId = Demo, ReturnProtectionOrders = true }
        );

        plain.Position.Should().HaveCount(2);
        plain.Position[0].StopLoss.Should().Be(1.07009);
        plain.Order.Should().BeEmpty();
        full.Order.Should().ContainSingle(o => o.OrderType == ProtoOAOrderType.StopLossTakeProfit);
    }

    [Fact]
    public async Task Somebody_elses_trade_arrives_with_somebody_elses_id()
    {
        var client = await LogInAsync();

        Sandbox.Control.PlaceOrder(
            Demo,
            new TerminalOrder
            {
                Symbol = "EURUSD",
                Volume = 100_000,
                ClientMsgId = "t-9",
            }
        );
        Sandbox.Control.MoveCash(Demo, 250.55m, "gift");

        (await client.NextAsync()).ClientMsgId.Should().Be("t-9");
        await client.NextAsync();
        var cash = await client.ExpectAsync<ProtoOAExecutionEvent>();
        cash.ExecutionType.Should().Be(ProtoOAExecutionType.DepositWithdraw);
        cash.DepositWithdraw.Delta.Should().Be(25_055);
        cash.DepositWithdraw.Balance.Should().Be(1_025_055);
        cash.DepositWithdraw.BalanceVersion.Should().Be(2);
    }

    [Fact]
    public async Task Unrealised_results_margin_and_history_tell_what_the_state_tells()
    {
        var client = await LogInAsync();
        Sandbox.Control.SetPrice("EURUSD", 1.09100m, 1.09110m);
        var position = Sandbox.Control.Account(Demo).Positions[0];
        Sandbox.Control.ClosePosition(Demo, position.PositionId, 400_000);

        var pnl = await client.AskAsync<ProtoOAGetPositionUnrealizedPnLRes>(
            new ProtoOAGetPositionUnrealizedPnLReq { CtidTraderAccountId = Demo }
        );
        var margin = new ProtoOAExpectedMarginReq { CtidTraderAccountId = Demo, SymbolId = 1 };
        margin.Volume.Add(1_000_000);
        var expected = await client.AskAsync<ProtoOAExpectedMarginRes>(margin);
        var deals = await client.AskAsync<ProtoOADealListRes>(new ProtoOADealListReq { CtidTraderAccountId = Demo });
        var offsets = await client.AskAsync<ProtoOADealOffsetListRes>(
            new ProtoOADealOffsetListReq { CtidTraderAccountId = Demo, DealId = deals.Deal[0].DealId }
        );
        var order = await client.AskAsync<ProtoOAOrderDetailsRes>(
            new ProtoOAOrderDetailsReq { CtidTraderAccountId = Demo, OrderId = deals.Deal[0].OrderId }
        );

        var state = Sandbox.Control.Account(Demo);
        pnl.PositionUnrealizedPnL.Sum(p => p.NetUnrealizedPnL).Should().Be((long)(state.UnrealizedNet * 100));
        expected.Margin.Should().ContainSingle().Which.BuyMargin.Should().Be(10_910);
        deals.Deal.Should().HaveCount(3).And.BeInDescendingOrder(d => d.DealId);
        deals.Deal[0].ClosePositionDetail.Balance.Should().Be((long)(state.Balance * 100));
        offsets.Offsetting.Should().ContainSingle().Which.Volume.Should().Be(400_000);
        order.Deal.Should().ContainSingle();
        state.Equity.Should().Be(state.Balance + state.UnrealizedNet);
    }

    [Fact]
    public async Task History_of_bars_and_ticks_decodes_as_documented()
    {
        var client = await LogInAsync();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var bars = await client.AskAsync<ProtoOAGetTrendbarsRes>(
            new ProtoOAGetTrendbarsReq
            {
                CtidTraderAccountId = Demo,
                SymbolId = 1,
                Period = ProtoOATrendbarPeriod.H1,
                Count = 100,
                ToTimestamp = now,
            }
        );
        var ticks = await client.AskAsync<ProtoOAGetTickDataRes>(
            new ProtoOAGetTickDataReq
            {
                CtidTraderAccountId = Demo,
                SymbolId = 1,
                Type = ProtoOAQuoteType.Ask,
                FromTimestamp = now - 3_600_000,
                ToTimestamp = now + 1_000,
            }
        );
        var wrong = await client.AskAsync<ProtoOAErrorRes>(
            new ProtoOAGetTickDataReq
            {
                CtidTraderAccountId = Demo,
                SymbolId = 1,
                Type = ProtoOAQuoteType.Bid,
                FromTimestamp = now,
                ToTimestamp = now - 1,
            }
        );

        bars.Trendbar.Should().HaveCount(100).And.BeInAscendingOrder(b => b.UtcTimestampInMinutes);
        bars.Trendbar.Should().OnlyContain(b => b.UtcTimestampInMinutes % 60 == 0 && b.HasDeltaClose && !b.HasPeriod);
        bars.HasMore.Should().BeTrue();
        ticks.TickData[0].Tick.Should().Be(109_009);
        ticks.TickData.Skip(1).Should().OnlyContain(t => t.Timestamp <= 0);
        wrong.ErrorCode.Should().Be("INCORRECT_BOUNDARIES");
    }

    [Fact]
    public async Task The_reference_data_of_an_account_fits_together()
    {
        var client = await LogInAsync();
        var light = await client.AskAsync<ProtoOASymbolsListRes>(
            new ProtoOASymbolsListReq { CtidTraderAccountId = Demo }
        );
        var assets = await client.AskAsync<ProtoOAAssetListRes>(new ProtoOAAssetListReq { CtidTraderAccountId = Demo });
        var request = new ProtoOASymbolByIdReq { CtidTraderAccountId = Demo };
        request.SymbolId.AddRange(light.Symbol.Select(s => s.SymbolId));
        var full = await client.AskAsync<ProtoOASymbolByIdRes>(request);
        var chain = await client.AskAsync<ProtoOASymbolsForConversionRes>(
            new ProtoOASymbolsForConversionReq
            {
                CtidTraderAccountId = Demo,
                FirstAssetId = assets.Asset.Single(a => a.Name == "JPY").AssetId,
                LastAssetId = assets.Asset.Single(a => a.Name == "USD").AssetId,
            }
        );

        full.Symbol.Should().HaveCount(light.Symbol.Count);
        light.Symbol.Should().OnlyContain(s => assets.Asset.Any(a => a.AssetId == s.BaseAssetId));
        chain.Symbol.Select(s => s.SymbolName).Should().Equal("USDJPY");
    }

    private static ProtoOANewOrderReq MarketOrder() =>
        new()
        {
            CtidTraderAccountId = Demo,
            SymbolId = 1,
            OrderType = ProtoOAOrderType.Market,
            TradeSide = ProtoOATradeSide.Buy,
            Volume = 100_000,
            ClientOrderId = "c-1",
        };
}
