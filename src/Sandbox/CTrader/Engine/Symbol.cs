namespace Trading.Sandbox.CTrader.Engine;

/// <summary>One instrument with its current quote and the accounts that hold something in it.</summary>
internal sealed class Symbol(SymbolSpec spec)
{
    public SymbolSpec Spec { get; } = spec;
    public long Bid { get; private set; }
    public long Ask { get; private set; }
    public long QuoteTime { get; private set; }

    /// <summary>Bid at the close of the previous trading session, as snapshots carry it.</summary>
    public long SessionClose { get; set; }
    public TradingMode TradingMode { get; set; } = TradingMode.Enabled;

    /// <summary>Accounts with an open position or a working order here. The quote watch looks at no other.</summary>
    public List<Account> Watchers { get; } = [];

    public void Quote(long bid, long ask, long timeMs)
    {
        Bid = bid;
        Ask = ask;
        QuoteTime = timeMs;
    }

    /// <summary>Price at which an order of this side is executed now.</summary>
    public long Entry(TradeSide side) => side == TradeSide.Buy ? Ask : Bid;

    /// <summary>Price at which a position of this side would be closed now.</summary>
    public long Exit(TradeSide side) => side == TradeSide.Buy ? Bid : Ask;
}
