using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.Tests.Support;
using Trading.TestKit;

namespace Trading.Sandbox.Tests.Engine;

/// <summary>Keeps books of its own from what is told, by the formulas of the reference and not by those of the sandbox.</summary>
public sealed class The_books_balance_after_any_day
{
    private static readonly string[] s_symbols = ["EURUSD", "USDJPY", "XAUUSD", "EURGBP"];

    private readonly Dictionary<long, Entry> _book = [];
    private readonly Random _random = Seeded.Random(77);
    private TradingFloor _floor = null!;
    private long _balance;
    private long _version;

    [Theory]
    [InlineData("USD", false, null)]
    [InlineData("USD", true, null)]
    [InlineData("EUR", false, null)]
    [InlineData("EUR", true, 100_000L)]
    [InlineData("JPY", false, 100_000L)]
    public void Whatever_was_traded(string currency, bool netted, long? book)
    {
        var deposit = currency == "JPY" ? 9_000_000m : 60_000m;
        _floor = new TradingFloor(new BrokerRules { BookSize = book }, currency, deposit, netted);
        _balance = _floor.Account.Balance;
        var dealt = 0;
        for (var step = 0; step < 250; step++)
        {
            Act();
            foreach (var told in _floor.Steps())
            {
                dealt += told.Deal is null ? 0 : 1;
                Follow(told);
            }

            Compare($"step {step} of seed {Seeded.Seed}");
        }

        dealt.Should().BeGreaterThan(40);
    }

    private void Act()
    {
        var symbol = _floor.Symbol(s_symbols[_random.Next(s_symbols.Length)]);
        var spec = symbol.Spec;
        var (side, account) = (_random.Next(2) == 0 ? TradeSide.Buy : TradeSide.Sell, _floor.Account);
        var volume = spec.StepVolume * _random.Next(1, 6);
        switch (_random.Next(7))
        {
            case 0:
                _floor.Place(
                    _floor.Order(OrderType.Market, side, volume, spec.Name) with
                    {
                        RelativeStopLoss = 40_000,
                    }
                );
                break;
            case 1:
                var price = Price.ToDecimal(symbol.Bid + spec.PointP5 * _random.Next(-20, 21));
                _floor.Place(_floor.Order(OrderType.Limit, side, volume, spec.Name) with { LimitPrice = price });
                break;
            case 2 when account.OpenPositions.FirstOrDefault() is { } position:
                var part = Math.Min(position.Volume, position.Symbol.Spec.StepVolume);
                _floor.Broker.Orders.Close(account, position.Id, part, null);
                break;
            case 3 when account.OpenPositions.LastOrDefault() is { } whole:
                _floor.Broker.Orders.Close(account, whole.Id, whole.Volume, null);
                break;
            case 4 when _random.Next(5) == 0:
                _floor.Broker.Treasury.ChargeSwap(account, _random.Next(1, 4));
                break;
            case 5 when _random.Next(5) == 0:
                _floor.Broker.Treasury.Move(account, _random.Next(-50_000, 100_000), "cash");
                break;
            default:
                var bid = symbol.Bid + spec.PointP5 * _random.Next(-30, 31);
                _floor.Quote(spec.Name, Price.ToDecimal(bid), Price.ToDecimal(bid + spec.PointP5 * _random.Next(1, 9)));
                break;
        }
    }

    private void Follow(Execution told)
    {
        if (told.CashFlow is { } cash)
        {
            (_balance, _version) = (_balance + cash.Delta, _version + 1);
            (cash.Balance, cash.BalanceVersion).Should().Be((_balance, _version));
        }

        if (told is { Type: ExecutionType.Swap, Position: { } charged })
        {
            _book[charged.Id] = _book[charged.Id] with { Swap = charged.Swap };
        }

        if (told is { Deal: { } deal, Position: { } after })
        {
            if (deal.Close is { } close)
            {
                Close(deal, close);
            }
            else
            {
                Open(deal);
            }

            var kept = _book.GetValueOrDefault(deal.PositionId) ?? new Entry(deal.Symbol, deal.Side, 0, 0, 0, 0, 0);
            (after.Volume, after.Commission, after.Swap, after.UsedMargin)
                .Should()
                .Be((kept.Volume, kept.Commission, kept.Swap, Margin(kept)));
        }
    }

    private void Open(Deal deal)
    {
        var before = _book.GetValueOrDefault(deal.PositionId) ?? new Entry(deal.Symbol, deal.Side, 0, 0, 0, 0, 0);
        var cost = Commission(deal);
        deal.Commission.Should().Be(cost);
        _book[deal.PositionId] = before with
        {
            Volume = before.Volume + deal.FilledVolume,
            Price = Weighted(before.Price, before.Volume, deal.Price, deal.FilledVolume),
            MarginRate = Weighted(before.MarginRate, before.Volume, BaseRate(deal.Symbol), deal.FilledVolume),
            Commission = before.Commission + cost,
        };
    }

    private void Close(Deal deal, CloseDetail close)
    {
        var held = _book[deal.PositionId];
        deal.Side.Should().NotBe(held.Side);
        var quote = Rate(deal.Symbol.Spec.Quote.Name, _floor.Account.Currency.Name);
        var gross = Cents((deal.Price - held.Price) * deal.FilledVolume / 100m * held.Direction * quote);
        // Multiplied before it is divided: a third of a share would put an exact half on the wrong side.
        var swap = Nearest((decimal)held.Swap * deal.FilledVolume / held.Volume);
        var opening = Nearest((decimal)held.Commission * deal.FilledVolume / held.Volume);
        var fee = quote == 1m ? 0 : -Nearest(Math.Abs(gross) * 70 / 10_000m);
        (_balance, _version) = (_balance + gross + swap + opening + Commission(deal) + fee, _version + 1);
        close.GrossProfit.Should().Be(gross);
        (close.Swap, close.Commission).Should().Be((swap, opening + Commission(deal)));
        (close.ConversionFee, close.Balance, close.BalanceVersion).Should().Be((fee, _balance, _version));
        var left = held with
        {
            Volume = held.Volume - deal.FilledVolume,
            Swap = held.Swap - swap,
            Commission = held.Commission - opening,
        };
        _book[deal.PositionId] = left;
        if (left.Volume == 0)
        {
            (left.Swap, left.Commission).Should().Be((0, 0), "the last part takes all that is left");
            _book.Remove(deal.PositionId);
        }
    }

    private void Compare(string when)
    {
        var account = _floor.Account;
        account.Balance.Should().Be(_balance, when);
        account.OpenPositions.Select(p => p.Id).Should().BeEquivalentTo(_book.Keys, when);
        var equity = _balance;
        foreach (var position in account.OpenPositions)
        {
            var held = _book[position.Id];
            var exit = (held.Direction > 0 ? held.Symbol.Bid : held.Symbol.Ask) / 100_000m;
            var quote = Rate(held.Symbol.Spec.Quote.Name, account.Currency.Name);
            var gross = Cents((exit - held.Price) * held.Volume / 100m * held.Direction * quote);
            _floor.Broker.Risk.Gross(account, position).Should().Be(gross, when);
            _floor.Broker.Risk.Net(account, position).Should().Be(gross + held.Swap + held.Commission, when);
            equity += gross + held.Swap + held.Commission;
        }

        _floor.Broker.Risk.Equity(account).Should().Be(equity, when);
        var used = _book
            .Values.GroupBy(e => e.Symbol)
            .Sum(g => Math.Max(Sum(g, TradeSide.Buy), Sum(g, TradeSide.Sell)));
        RiskDesk.UsedMargin(account).Should().Be(used, when);

        if (account.Type == AccountType.Netted)
        {
            _book
                .Values.Select(e => e.Symbol)
                .Should()
                .OnlyHaveUniqueItems("a netted account has one position a symbol");
        }

        long Sum(IEnumerable<Entry> entries, TradeSide side) => entries.Where(e => e.Side == side).Sum(Margin);
    }

    private long Margin(Entry entry) =>
        Cents(entry.Volume / 100m * entry.MarginRate / (_floor.Account.LeverageInCents / 100m));

    private long Commission(Deal deal)
    {
        var (spec, mine) = (deal.Symbol.Spec, _floor.Account.Currency.Name);
        return spec.CommissionType == CommissionType.UsdPerLot
            ? -Cents((decimal)deal.FilledVolume / spec.LotSize * spec.CommissionRate / 100_000_000m * Rate("USD", mine))
            : -Cents(
                deal.FilledVolume
                    / 100m
                    * deal.Price
                    * (spec.CommissionRate / 100_000m / 100m)
                    * Rate(spec.Quote.Name, mine)
            );
    }

    private decimal BaseRate(Symbol symbol) => Rate(symbol.Spec.Base.Name, _floor.Account.Currency.Name);

    private decimal Rate(string from, string to) =>
        from == to ? 1m
        : Bid(from + to) is { } forward ? forward
        : Bid(to + from) is { } backward ? 1m / backward
        : Rate(from, "USD") * Rate("USD", to);

    private decimal? Bid(string name) =>
        _floor.Broker.Symbols.SingleOrDefault(s => s.Spec.Name == name) is { } found ? found.Bid / 100_000m : null;

    private static decimal Weighted(decimal one, long volume, decimal other, long added) =>
        Math.Round((one * volume + other * added) / (volume + added), 8, MidpointRounding.AwayFromZero);

    private static long Cents(decimal amount) => Nearest(amount * 100m);

    private static long Nearest(decimal amount) => (long)Math.Round(amount, MidpointRounding.AwayFromZero);

    private sealed record Entry(
        Symbol Symbol,
        TradeSide Side,
        long Volume,
        decimal Price,
        decimal MarginRate,
        long Commission,
        long Swap
    )
    {
        public int Direction => Side == TradeSide.Buy ? 1 : -1;
    }
}
