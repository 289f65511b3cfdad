using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Market;

/// <summary>Brings a quote into the world: the symbol's price, its history, its listeners, then whatever it sets off. Under the lock.</summary>
internal sealed class MarketFeed(Broker broker)
{
    /// <summary>Quotes brought in since the start.</summary>
    public long Ticks { get; private set; }

    public void Apply(Instrument instrument, in Tick tick)
    {
        var symbol = instrument.Symbol;
        var bidChanged = tick.Bid != symbol.Bid;
        var askChanged = tick.Ask != symbol.Ask;
        if (!bidChanged && !askChanged)
        {
            // A recorded line that repeats the quote is still an event: it goes out with both sides.
            bidChanged = askChanged = true;
        }

        Ticks++;
        symbol.Quote(tick.Bid, tick.Ask, tick.Time);
        instrument.Ticks.Add(tick);
        instrument.Bars.Add(tick.Time, tick.Bid, bidChanged && askChanged ? 2 : 1);
        foreach (var listener in instrument.Listeners)
        {
            listener.OnTick(instrument, tick, bidChanged, askChanged);
        }

        if (symbol.Watchers.Count > 0)
        {
            broker.Watch.OnQuote(symbol);
        }
    }
}
