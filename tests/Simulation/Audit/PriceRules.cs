using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Projections.LatestPrices;
using Trading.Simulation.ReadSide;

namespace Trading.Simulation.Audit;

/// <summary>Newest prices and candles equal a plain fold of the market log.</summary>
internal sealed class PriceRules(Action<string, string> fail)
{
    private readonly Dictionary<string, long> _at = [];
    private readonly Dictionary<(BrokerEnvironment, string), Tick> _last = [];
    private readonly Dictionary<(BrokerEnvironment, string, Timeframe, long), Bar> _bars = [];

    /// <summary>Where the market log is read from.</summary>
    public TickRules? Ticks { get; set; }

    /// <summary>A checkpoint has moved.</summary>
    public void Moved(string model, long to, ReadStore store)
    {
        var from = _at.GetValueOrDefault(model);
        if (Ticks is not { } ticks || to < from || to > ticks.Head)
        {
            fail(ReadRules.Rule, $"{model} moved from {from} to {to}; the head is {Ticks?.Head}");
            return;
        }

        _at[model] = to;
        foreach (var block in ticks.Blocks.SkipWhile(b => b.Last.Value <= from).TakeWhile(b => b.Last.Value <= to))
        {
            Check(model, block, store);
        }
    }

    /// <summary>Everything is caught up with.</summary>
    public void Complete(ReadStore store)
    {
        foreach (var model in new[] { PriceReader.Name, CandleReader.Name })
        {
            if (store.CheckpointOf(model) != Ticks?.Head)
            {
                fail(ReadRules.Rule, $"{model} stays at {store.CheckpointOf(model)}; the head is {Ticks?.Head}");
            }
        }

        foreach (var ((environment, symbol, timeframe, open), bar) in _bars)
        {
            var row = store.Find<CandleRow>(CandleReader.Name, (environment, symbol, timeframe, open))?.Candle;
            var actual = row is { } c
                ? new Bar(c.Open.Units, c.High.Units, c.Low.Units, c.Close.Units, c.Volume, bar.FirstMs, bar.LastMs)
                : default;
            if (actual != bar)
            {
                fail(ReadRules.Rule, $"candle {symbol} {timeframe} at {open} is {actual}, the ticks say {bar}");
            }
        }
    }

    private void Check(string model, TickBlock block, ReadStore store)
    {
        var environment = block.Stream.Id == "live" ? BrokerEnvironment.Live : BrokerEnvironment.Demo;
        foreach (var tick in block.Ticks.Span)
        {
            if (model == PriceReader.Name)
            {
                // What was asked for afterwards is never the newest price.
                if (block.Stream.Category == "backfill")
                {
                    continue;
                }

                _last[(environment, tick.Symbol.Value)] = tick;
                continue;
            }

            foreach (var timeframe in new[] { Timeframe.M1, Timeframe.M5, Timeframe.H1 })
            {
                var length = (long)timeframe * 60_000;
                var key = (environment, tick.Symbol.Value, timeframe, tick.TimestampMs / length * length);
                var bid = tick.Bid.Units;
                var bar = _bars.GetValueOrDefault(key, new(bid, bid, bid, bid, 0, tick.TimestampMs, tick.TimestampMs));
                _bars[key] = bar with
                {
                    Open = tick.TimestampMs < bar.FirstMs ? bid : bar.Open,
                    High = Math.Max(bar.High, bid),
                    Low = Math.Min(bar.Low, bid),
                    Close = tick.TimestampMs >= bar.LastMs ? bid : bar.Close,
                    Volume = bar.Volume + 1,
                    FirstMs = Math.Min(bar.FirstMs, tick.TimestampMs),
                    LastMs = Math.Max(bar.LastMs, tick.TimestampMs),
                };
            }
        }

        if (model != PriceReader.Name)
        {
            return;
        }

        foreach (var ((place, symbol), tick) in _last)
        {
            var row = store.Find<PriceView>(model, (place, symbol));
            if (row?.TimestampMs != tick.TimestampMs || row.Quote.Bid != tick.Bid)
            {
                fail(ReadRules.Rule, $"price of {symbol} is of {row?.TimestampMs}, the newest tick is {tick}");
            }
        }
    }

    private readonly record struct Bar(
        long Open,
        long High,
        long Low,
        long Close,
        long Volume,
        long FirstMs,
        long LastMs
    );
}
