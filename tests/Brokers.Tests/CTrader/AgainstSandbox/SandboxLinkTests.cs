using FluentAssertions;
using Trading.Domain;
using Trading.Domain.Ports;
using Trading.Sandbox.CTrader.Control;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.AgainstSandbox;

public sealed class SandboxLinkTests : IAsyncLifetime
{
    private readonly SandboxLink _it = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _it.DisposeAsync();

    [Fact]
    public async Task The_snapshot_is_what_the_broker_has_on_record()
    {
        await _it.OpenAsync();
        var up = await _it.GetAsync<BrokerReport.LinkUp>();

        var account = _it.Account;
        up.Snapshot.Account.Balance.ToDecimal().Should().Be(account.Balance);
        up.Snapshot.Account.BalanceVersion.Should().Be(account.BalanceVersion);
        up.Snapshot.Account.Description.Currency.Should().Be("USD");
        up.Snapshot.Account.LeverageInCents.Should().Be((uint)(account.Leverage * 100));
        up.Snapshot.Symbols.Symbols.Should().HaveCountGreaterThanOrEqualTo(100);
        up.Snapshot.Symbols.Symbols.Should().OnlyContain(s => s.Digits > 0 && s.LotSize > 0 && s.QuoteAsset.Length > 0);
        var needed = up.Snapshot.Symbols.Symbols.Select(symbol => symbol.QuoteAsset).Where(a => a != "USD").Distinct();
        up.Snapshot.Symbols.Conversions.Select(chain => chain.FromAsset).Should().BeEquivalentTo(needed);
    }

    [Fact]
    public async Task Everything_done_at_a_terminal_is_reported_to_the_cent()
    {
        await _it.OpenAsync();
        await _it.GetAsync<BrokerReport.LinkUp>();
        const long account = SandboxLink.Number;

        _it.Control.MoveCash(account, 250.75m, "gift").Accepted.Should().BeTrue();
        _it.Control.MoveCash(account, -50.25m).Accepted.Should().BeTrue();
        _it.Control.PlaceOrder(
                account,
                new TerminalOrder
                {
                    Symbol = "GBPJPY",
                    Volume = 10_000_000,
                    RelativeStopLoss = 100_000,
                }
            )
            .Accepted.Should()
            .BeTrue();
        var position = _it.Account.Positions.Single();
        _it.Control.ChargeSwap(account);
        _it.Control.SetLeverage(account, 50);
        _it.Control.ClosePosition(account, position.PositionId, 4_000_000).Accepted.Should().BeTrue();
        _it.Control.ClosePosition(account, position.PositionId).Accepted.Should().BeTrue();
        _it.Control.PlaceOrder(
                account,
                new TerminalOrder
                {
                    Symbol = "EURUSD",
                    Volume = 1_000_000,
                    LimitPrice = 0.5m,
                }
            )
            .Accepted.Should()
            .BeTrue();
        var waiting = _it.Account.Orders.Single(order => order.Status == "ACCEPTED");
        _it.Control.CancelOrder(account, waiting.OrderId).Accepted.Should().BeTrue();

        await Eventually.Be(() => Steps(OrderStepKind.Cancelled).Any(step => Is(step, waiting.OrderId)));
        var cash = _it.Reports.OfType<BrokerReport.CashMoved>().Select(report => report.Movement).ToArray();
        cash.Select(movement => movement.Delta.ToDecimal()).Should().Equal(250.75m, -50.25m);
        cash.Select(movement => movement.MovementId)
            .Should()
            .Equal(_it.Account.CashFlows.TakeLast(2).Select(flow => flow.Id.ToString()));

        var deals = _it
            .Reports.OfType<BrokerReport.OrderStep>()
            .Where(step => step.Deal is not null)
            .Select(step => step.Deal!)
            .ToArray();
        foreach (var (reported, actual) in deals.Zip(_it.Account.Deals))
        {
            reported.DealId.Should().Be(actual.DealId.ToString());
            reported.Price.ToDecimal().Should().Be(actual.Price);
            reported.FilledVolume.Should().Be(actual.Volume);
            reported.Commission.ToDecimal().Should().Be(actual.Commission);
            (reported.Closed?.Balance.ToDecimal()).Should().Be(actual.Balance);
            (reported.Closed?.GrossProfit.ToDecimal()).Should().Be(actual.GrossProfit);
            (reported.Closed?.Swap.ToDecimal()).Should().Be(actual.Swap);
            (reported.Closed?.ConversionFee.ToDecimal() ?? 0).Should().Be(actual.ConversionFee ?? 0);
            reported.Source.Body.Should().NotBeEmpty();
        }

        deals.Should().HaveCount(_it.Account.Deals.Count);
        deals[^1].Closed.Balance.ToDecimal().Should().Be(_it.Account.Balance);
        _it.Reports.OfType<BrokerReport.SwapAccrued>().Should().NotBeEmpty();
        _it.Reports.OfType<BrokerReport.AccountReported>()
            .Should()
            .Contain(report => report.Account.LeverageInCents == 5_000);
        Steps(OrderStepKind.Accepted).Should().Contain(step => step.Order!.Type == "stop_loss_take_profit");
    }

    [Fact]
    public async Task Prices_finer_than_a_symbol_shows_are_told_as_they_were_executed()
    {
        const long account = SandboxLink.Number;
        await _it.OpenAsync();
        var up = await _it.GetAsync<BrokerReport.LinkUp>();
        up.Snapshot.Symbols.Symbols.Single(symbol => symbol.Name == "XAUUSD").Digits.Should().Be(2);

        _it.Control.SetPrice("XAUUSD", bid: 2350.125m, ask: 2350.375m);
        _it.Control.PlaceOrder(account, new TerminalOrder { Symbol = "XAUUSD", Volume = 100 })
            .Accepted.Should()
            .BeTrue();
        _it.Control.ClosePosition(account, _it.Account.Positions.Single().PositionId).Accepted.Should().BeTrue();

        await Eventually.Be(() => Steps(OrderStepKind.Filled).Count() == 2);
        var (opened, closed) = (Steps(OrderStepKind.Filled).First(), Steps(OrderStepKind.Filled).Last());
        opened.Deal!.Price.ToDecimal().Should().Be(2350.375m);
        opened.Order!.ExecutionPrice.ToDecimal().Should().Be(2350.375m);
        opened.Position!.Details.Price.ToDecimal().Should().Be(2350.375m);
        closed.Deal!.Price.ToDecimal().Should().Be(2350.125m);
        closed.Deal.Closed.EntryPrice.ToDecimal().Should().Be(2350.375m);
        closed.Order!.ExecutionPrice.ToDecimal().Should().Be(2350.125m);
    }

    [Fact]
    public async Task A_recorded_market_arrives_whole_in_order_and_exact()
    {
        var random = Seeded.Random(1);
        var recorded = new List<(long At, decimal Bid, decimal Ask)>();
        for (long i = 0, bid = 110_000; i < 20_000; i++)
        {
            // Never the same quote twice: such a repeat would not be sent as a change.
            bid += random.Next(1, 4) * (random.Next(2) == 0 ? 1 : -1);
            recorded.Add((1_740_000_000_000 + i * 250, bid / 100_000m, (bid + random.Next(1, 20)) / 100_000m));
        }

        await File.WriteAllLinesAsync(
            _it.File("EURUSD-made.csv"),
            recorded.Select(tick => $"{tick.At},{tick.Bid},{tick.Ask}")
        );
        await _it.OpenAsync(["EURUSD"], options => options with { Prices = _it.File("EURUSD-made.csv"), Speed = 0 });

        await Eventually.Be(() => _it.Ticks.LastOrDefault().TimestampMs == recorded[^1].At, TimeSpan.FromSeconds(30));

        // The first quote of a subscription may stand before the tape begins.
        _it.Ticks.Select(tick => (tick.TimestampMs, tick.Bid.ToDecimal(), tick.Ask.ToDecimal()))
            .TakeLast(recorded.Count)
            .Should()
            .Equal(recorded);
        _it.Ticks.Count.Should().BeLessThanOrEqualTo(recorded.Count + 1);
    }

    private IEnumerable<BrokerReport.OrderStep> Steps(OrderStepKind kind) =>
        _it.Reports.OfType<BrokerReport.OrderStep>().Where(step => step.Kind == kind);

    private static bool Is(BrokerReport.OrderStep step, long orderId) => step.Order?.OrderId == orderId.ToString();
}
