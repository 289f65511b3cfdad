using FluentAssertions;
using Google.Protobuf;
using Trading.Brokers.Tests.CTrader.Peer;
using Trading.Domain;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Session;

public sealed class LiveLinkTests : IAsyncLifetime
{
    private static readonly Brokers.CTrader.Connection.LinkTimings Watchful = LinkUnderTest.Hasty with
    {
        QuietPrices = TimeSpan.FromMilliseconds(150),
        QuoteAnswer = TimeSpan.FromMilliseconds(200),
    };

    private readonly LinkUnderTest _it = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _it.DisposeAsync();

    [Fact]
    public async Task One_sided_quotes_become_whole_ticks()
    {
        await UpAsync("EURUSD");
        await SubscribedAsync(DemoAccount.Eurusd);

        await QuoteAsync(bid: 110_120, ask: 110_131, at: 1);
        await QuoteAsync(bid: null, ask: 110_133, at: 2);
        await QuoteAsync(bid: 110_118, ask: null, at: 3);

        await Eventually.Be(() => _it.Ticks.Count == 3);
        _it.Ticks.Select(tick => (tick.Symbol.Value, tick.Bid.ToDecimal(), tick.Ask.ToDecimal(), tick.TimestampMs))
            .Should()
            .Equal(
                ("EURUSD", 1.10120m, 1.10131m, 1L),
                ("EURUSD", 1.10120m, 1.10133m, 2L),
                ("EURUSD", 1.10118m, 1.10133m, 3L)
            );
    }

    [Fact]
    public async Task A_side_never_seen_makes_no_tick_and_neither_does_an_unknown_symbol()
    {
        await UpAsync("EURUSD");
        await SubscribedAsync(DemoAccount.Eurusd);

        await QuoteAsync(bid: 110_120, ask: null, at: 1);
        await QuoteAsync(bid: 1, ask: 2, at: 2, symbol: 999);
        await QuoteAsync(bid: 0, ask: 110_131, at: 3);

        await Eventually.Be(() => _it.Ticks.Count == 1);
        _it.Ticks.Single().Bid.ToDecimal().Should().Be(1.1012m, "a price of zero is no price");
    }

    [Fact]
    public async Task Subscriptions_follow_what_is_wanted()
    {
        await UpAsync("EURUSD", "NOSUCH");
        await SubscribedAsync(DemoAccount.Eurusd);

        _it.Link.Want(new HashSet<SymbolName> { new("XAUUSD"), new("GBPJPY") });

        await SubscribedAsync(DemoAccount.Gbpjpy);
        await SubscribedAsync(DemoAccount.Xauusd);
        await Eventually.Be(() => Asked<ProtoOAUnsubscribeSpotsReq>().SelectMany(r => r.SymbolId).Contains(1));
        Asked<ProtoOASubscribeSpotsReq>().Should().OnlyContain(request => request.SubscribeToSpotTimestamp);
        Asked<ProtoOASubscribeSpotsReq>()
            .SelectMany(request => request.SymbolId)
            .Should()
            .OnlyHaveUniqueItems("asking twice is refused");
    }

    [Fact]
    public async Task One_bad_symbol_does_not_spoil_a_batch()
    {
        _it.Broker.On<ProtoOASubscribeSpotsReq>(request =>
            request.SymbolId.Contains(DemoAccount.Xauusd) ? DemoAccount.Refusal("SYMBOL_NOT_FOUND")
            : request.SymbolId.Contains(DemoAccount.Gbpjpy) ? DemoAccount.Refusal("ALREADY_SUBSCRIBED")
            : new ProtoOASubscribeSpotsRes { CtidTraderAccountId = DemoAccount.Id }
        );

        await UpAsync("EURUSD", "GBPJPY", "XAUUSD");

        await Eventually.Be(() => Asked<ProtoOASubscribeSpotsReq>().Count(request => request.SymbolId.Count == 1) >= 3);
    }

    [Fact]
    public async Task A_balance_that_arrives_before_its_reason_is_told_after_it_and_one_without_a_reason_soon()
    {
        await UpAsync();
        var peer = _it.Broker.Last;
        var trader = new ProtoOATrader(_it.Account.Trader) { Balance = 1_050_000, BalanceVersion = 4 };

        await peer.SendAsync(new ProtoOATraderUpdatedEvent { CtidTraderAccountId = DemoAccount.Id, Trader = trader });
        await peer.SendAsync(
            new ProtoOAExecutionEvent
            {
                CtidTraderAccountId = DemoAccount.Id,
                ExecutionType = ProtoOAExecutionType.DepositWithdraw,
                DepositWithdraw = new ProtoOADepositWithdraw
                {
                    BalanceHistoryId = 9,
                    OperationType = ProtoOAChangeBalanceType.BalanceDeposit,
                    Balance = 1_050_000,
                    Delta = 50_000,
                    ChangeBalanceTimestamp = DemoAccount.Start,
                    BalanceVersion = 4,
                    MoneyDigits = 2,
                },
            }
        );
        await _it.GetAsync<BrokerReport.AccountReported>();
        var unexplained = new ProtoOATrader(trader) { Balance = 1_040_000, BalanceVersion = 5 };
        await peer.SendAsync(
            new ProtoOATraderUpdatedEvent { CtidTraderAccountId = DemoAccount.Id, Trader = unexplained }
        );

        var alone = await _it.GetAsync<BrokerReport.AccountReported>(2);
        alone.Account.Balance.ToDecimal().Should().Be(10_400m);
        _it.Reports.Where(report => report is BrokerReport.AccountReported or BrokerReport.CashMoved)
            .Select(report => report.GetType())
            .Should()
            .Equal(
                typeof(BrokerReport.CashMoved),
                typeof(BrokerReport.AccountReported),
                typeof(BrokerReport.AccountReported)
            );
    }

    [Fact]
    public async Task Every_kind_of_account_event_is_reported_with_the_broker_s_bytes()
    {
        await UpAsync();
        var deposit = new ProtoOAExecutionEvent
        {
            CtidTraderAccountId = DemoAccount.Id,
            ExecutionType = ProtoOAExecutionType.DepositWithdraw,
            DepositWithdraw = new ProtoOADepositWithdraw
            {
                BalanceHistoryId = 9,
                OperationType = ProtoOAChangeBalanceType.BalanceDeposit,
                Balance = 1_050_000,
                Delta = 50_000,
                ChangeBalanceTimestamp = DemoAccount.Start,
                BalanceVersion = 4,
                MoneyDigits = 2,
            },
        };
        var peer = _it.Broker.Last;

        await peer.SendAsync(deposit);
        await peer.SendAsync(
            new ProtoOAExecutionEvent
            {
                CtidTraderAccountId = DemoAccount.Id,
                ExecutionType = ProtoOAExecutionType.Swap,
                Position = DemoAccount.Position(70),
            }
        );
        await peer.SendAsync(
            new ProtoOAExecutionEvent
            {
                CtidTraderAccountId = DemoAccount.Id,
                ExecutionType = ProtoOAExecutionType.BonusDepositWithdraw,
                BonusDepositWithdraw = new ProtoOABonusDepositWithdraw { ManagerBonus = 500, MoneyDigits = 2 },
            }
        );
        await peer.SendAsync(
            new ProtoOATraderUpdatedEvent { CtidTraderAccountId = DemoAccount.Id, Trader = _it.Account.Trader }
        );
        await peer.SendAsync(
            new ProtoOAMarginChangedEvent
            {
                CtidTraderAccountId = DemoAccount.Id,
                PositionId = 70,
                UsedMargin = 2251,
                MoneyDigits = 2,
            }
        );
        await peer.SendAsync(
            new ProtoOATrailingSLChangedEvent
            {
                CtidTraderAccountId = DemoAccount.Id,
                PositionId = 70,
                OrderId = 80,
                StopPrice = 1.1000000000000001,
                UtcLastUpdateTimestamp = DemoAccount.Start,
            }
        );
        await peer.SendAsync(
            new ProtoOAOrderErrorEvent
            {
                CtidTraderAccountId = DemoAccount.Id,
                ErrorCode = "TRADING_BAD_STOPS",
                Description = "wrong side",
                OrderId = 80,
            }
        );

        var refused = await _it.GetAsync<BrokerReport.OrderRefused>();
        (refused.OrderId, refused.Code, refused.Description).Should().Be(("80", "TRADING_BAD_STOPS", "wrong side"));
        var cash = (await _it.GetAsync<BrokerReport.CashMoved>()).Movement;
        (cash.MovementId, cash.Delta.ToDecimal(), cash.Balance.ToDecimal(), cash.BalanceVersion)
            .Should()
            .Be(("9", 500.00m, 10_500.00m, 4L));
        cash.Source.Type.Should().Be("ProtoOAExecutionEvent");
        cash.Source.Body.Should().Equal(deposit.ToByteString());
        (await _it.GetAsync<BrokerReport.SwapAccrued>()).Position.Swap.ToDecimal().Should().Be(-0.12m);
        (await _it.GetAsync<BrokerReport.BonusMoved>()).Bonus.ManagerBonus.ToDecimal().Should().Be(5m);
        (await _it.GetAsync<BrokerReport.AccountReported>()).Account.Balance.ToDecimal().Should().Be(10_000m);
        (await _it.GetAsync<BrokerReport.MarginReported>()).Margin.UsedMargin.ToDecimal().Should().Be(22.51m);
        (await _it.GetAsync<BrokerReport.TrailingStopMoved>()).StopPrice.ToDecimal().Should().Be(1.1m);
    }

    [Theory]
    [InlineData(2, nameof(OrderStepKind.Accepted))]
    [InlineData(3, nameof(OrderStepKind.Filled))]
    [InlineData(4, nameof(OrderStepKind.Amended))]
    [InlineData(5, nameof(OrderStepKind.Cancelled))]
    [InlineData(6, nameof(OrderStepKind.Expired))]
    [InlineData(7, nameof(OrderStepKind.Rejected))]
    [InlineData(8, nameof(OrderStepKind.CancelRejected))]
    [InlineData(11, nameof(OrderStepKind.PartiallyFilled))]
    public async Task Every_step_of_an_order_is_reported(int executionType, string kind)
    {
        await UpAsync();

        await _it.Broker.Last.SendAsync(
            new ProtoOAExecutionEvent
            {
                CtidTraderAccountId = DemoAccount.Id,
                ExecutionType = (ProtoOAExecutionType)executionType,
                ErrorCode = "WHY",
                Order = new ProtoOAOrder { OrderId = 80, UtcLastUpdateTimestamp = DemoAccount.Start },
            }
        );

        var step = await _it.GetAsync<BrokerReport.OrderStep>();
        step.Kind.ToString().Should().Be(kind);
        step.ErrorCode.Should().Be("WHY");
        step.Order!.OrderId.Should().Be("80");
        step.At.ToUnixTimeMilliseconds().Should().Be(DemoAccount.Start);
    }

    [Fact]
    public async Task What_nobody_knows_yet_is_passed_over_and_known_parts_still_count()
    {
        await UpAsync();
        var peer = _it.Broker.Last;

        await peer.SendRawAsync([0, 0, 0, 5, 0x08, 0x8F, 0x11, 0x12, 0x00]);
        await peer.SendAsync(new ProtoOAExecutionEvent { ExecutionType = (ProtoOAExecutionType)77 });
        var future = new ProtoOAExecutionEvent
        {
            ExecutionType = ProtoOAExecutionType.OrderAccepted,
            Order = new ProtoOAOrder { OrderId = 81, OrderType = (ProtoOAOrderType)42 },
        };
        await peer.SendAsync(future);

        (await _it.GetAsync<BrokerReport.OrderStep>()).Order!.Type.Should().Be("unknown_42");
    }

    [Fact]
    public async Task A_changed_symbol_list_is_read_again()
    {
        await UpAsync();

        await _it.Broker.Last.SendAsync(new ProtoOASymbolChangedEvent { CtidTraderAccountId = DemoAccount.Id });

        (await _it.GetAsync<BrokerReport.SymbolsReported>()).Symbols.Symbols.Should().HaveCount(4);
    }

    [Fact]
    public async Task Prices_that_die_while_the_broker_still_answers_are_found()
    {
        await _it.Open(symbols: ["EURUSD"], timings: Watchful).GetAsync<BrokerReport.LinkUp>();

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be("PRICES_SILENT");
        await _it.GetAsync<BrokerReport.LinkUp>(2);
    }

    [Fact]
    public async Task A_quiet_market_is_left_alone_and_its_probes_are_nobody_s_ticks()
    {
        _it.Broker.Do<ProtoOASubscribeSpotsReq>(
            async (peer, request, id) =>
            {
                await peer.SendAsync(new ProtoOASubscribeSpotsRes { CtidTraderAccountId = DemoAccount.Id }, id);
                await peer.SendAsync(
                    new ProtoOASpotEvent
                    {
                        CtidTraderAccountId = DemoAccount.Id,
                        SymbolId = request.SymbolId[0],
                        Bid = 110_120,
                        Ask = 110_131,
                    }
                );
            }
        );

        await _it.Open(symbols: ["EURUSD"], timings: Watchful).GetAsync<BrokerReport.LinkUp>();

        await Eventually.Be(() => Asked<ProtoOAUnsubscribeSpotsReq>().Length >= 3);
        _it.Ticks.Select(tick => tick.Symbol.Value).Should().Equal("EURUSD");
        _it.Reports.OfType<BrokerReport.LinkDown>().Should().BeEmpty();

        string[] all = ["EURUSD", "GBPJPY", "XAUUSD", "USDJPY"];
        _it.Link.Want(all.Select(name => new SymbolName(name)).ToHashSet());
        await Eventually.Be(() => Asked<ProtoOASubscribeSpotsReq>().Any(request => request.SymbolId.Count == 3));
        foreach (var symbol in new[] { DemoAccount.Gbpjpy, DemoAccount.Xauusd, 3 })
        {
            await QuoteAsync(1_000, 1_001, at: 1, symbol);
        }

        await Eventually.Be(
            () => _it.Ticks.Select(tick => tick.Symbol.Value).Distinct().Count() == 4,
            text: "a symbol that was probed is streamed once it is wanted"
        );
    }

    [Fact]
    public async Task No_secret_reaches_the_log()
    {
        await UpAsync("EURUSD");
        _it.Broker.Last.Drop();
        await _it.GetAsync<BrokerReport.LinkUp>(2);

        _it.LogLines.Should().NotBeEmpty();
        _it.LogLines.Should().NotContain(line => line.Contains("access-1") || line.Contains("refresh-1"));
        _it.LogLines.Should().NotContain(line => line.Contains("secret"));
    }

    private async Task UpAsync(params string[] symbols) =>
        await _it.Open(symbols: symbols).GetAsync<BrokerReport.LinkUp>();

    private Task SubscribedAsync(long symbol) =>
        Eventually.Be(() => Asked<ProtoOASubscribeSpotsReq>().Any(request => request.SymbolId.Contains(symbol)));

    private T[] Asked<T>()
        where T : IMessage<T>, new()
    {
        var parser = new MessageParser<T>(() => new T());
        var type = Brokers.CTrader.Wire.PayloadTypes.Of(new T());
        return
        [
            .. _it
                .Broker.Peers.SelectMany(peer => peer.Received)
                .Where(envelope => envelope.PayloadType == type)
                .Select(envelope => parser.ParseFrom(envelope.Payload)),
        ];
    }

    private Task QuoteAsync(ulong? bid, ulong? ask, long at, long symbol = DemoAccount.Eurusd)
    {
        var spot = new ProtoOASpotEvent
        {
            CtidTraderAccountId = DemoAccount.Id,
            SymbolId = symbol,
            Timestamp = at,
        };
        if (bid is { } bidGiven)
        {
            spot.Bid = bidGiven;
        }

        if (ask is { } askGiven)
        {
            spot.Ask = askGiven;
        }

        return _it.Broker.Last.SendAsync(spot);
    }
}
