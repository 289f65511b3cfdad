using System.Runtime.InteropServices;
using Trading.Domain.Logs;

namespace Trading.Domain.Market;

/// <summary>Folds ticks of one environment into candles. Per tick only the symbol's open minute is touched; longer candles
/// are merged from the minutes when asked for. Allocates per minute and symbol, never per tick. Not thread-safe.</summary>
public sealed class CandleFold
{
    private readonly Dictionary<string, Minutes> _symbols = new(StringComparer.Ordinal);
    private Minutes? _current;

    /// <summary>Takes ticks in the order of the log; the first stands at <paramref name="first"/>, the others follow.</summary>
    public void Add(ReadOnlySpan<Tick> ticks, Offset first)
    {
        var offset = first.Value;
        foreach (ref readonly var tick in ticks)
        {
            var minutes = _current;
            if (minutes is null || !ReferenceEquals(minutes.Symbol.Value, tick.Symbol.Value))
            {
                minutes = _current = Of(tick.Symbol);
            }

            minutes.Add(tick.Bid.Units, tick.TimestampMs, offset++);
        }
    }

    /// <summary>Hands out the candles of every timeframe made of the ticks taken since the last call, and forgets them. What
    /// comes out are parts: a candle that began earlier is to be merged by <see cref="Candle.With"/>.</summary>
    public List<Candle> Take()
    {
        var candles = new List<Candle>();
        foreach (
            var minutes in _symbols
                .Values.Where(minutes => minutes.HasTicks)
                .OrderBy(minutes => minutes.Symbol.Value, StringComparer.Ordinal)
        )
        {
            minutes.Take(candles);
        }

        return candles;
    }

    private Minutes Of(SymbolName symbol)
    {
        ref var minutes = ref CollectionsMarshal.GetValueRefOrAddDefault(_symbols, symbol.Value, out _);
        return minutes ??= new(symbol);
    }

    private struct Bar
    {
        public long OpenTimeMs;
        public long Open;
        public long High;
        public long Low;
        public long Close;
        public long Volume;
        public long OpenedMs;
        public long ClosedMs;
        public long First;
        public long Last;
    }

    private sealed class Minutes(SymbolName symbol)
    {
        private const long Length = 60_000;
        private readonly Dictionary<long, int> _byOpenTime = [];
        private Bar[] _bars = new Bar[4];
        private int _count;
        private int _at = -1;
        private long _openTimeMs;

        public SymbolName Symbol => symbol;

        public bool HasTicks => _count > 0;

        public void Add(long bid, long timestampMs, long offset)
        {
            // One unsigned comparison covers both ends of the minute.
            if (_at < 0 || (ulong)(timestampMs - _openTimeMs) >= Length)
            {
                Turn(timestampMs, bid, offset);
            }

            ref var bar = ref _bars[_at];
            if (bid > bar.High)
            {
                bar.High = bid;
            }

            if (bid < bar.Low)
            {
                bar.Low = bid;
            }

            if (timestampMs >= bar.ClosedMs)
            {
                bar.Close = bid;
                bar.ClosedMs = timestampMs;
            }
            else if (timestampMs < bar.OpenedMs)
            {
                bar.Open = bid;
                bar.OpenedMs = timestampMs;
            }

            bar.Volume++;
            bar.Last = offset;
        }

        public void Take(List<Candle> into)
        {
            var bars = _bars.AsSpan(0, _count);
            bars.Sort(static (left, right) => left.OpenTimeMs.CompareTo(right.OpenTimeMs));
            foreach (var timeframe in Timeframes.All)
            {
                Merge(bars, timeframe, into);
            }

            _byOpenTime.Clear();
            _count = 0;
            _at = -1;
        }

        private void Merge(ReadOnlySpan<Bar> bars, Timeframe timeframe, List<Candle> into)
        {
            var first = into.Count;
            foreach (ref readonly var bar in bars)
            {
                var part = new Candle
                {
                    Symbol = symbol,
                    Timeframe = timeframe,
                    OpenTimeMs = timeframe.OpenOf(bar.OpenTimeMs),
                    Open = new(bar.Open),
                    High = new(bar.High),
                    Low = new(bar.Low),
                    Close = new(bar.Close),
                    Volume = bar.Volume,
                    OpenedMs = bar.OpenedMs,
                    ClosedMs = bar.ClosedMs,
                    First = new(bar.First),
                    Last = new(bar.Last),
                };
                if (into.Count > first && into[^1].OpenTimeMs == part.OpenTimeMs)
                {
                    into[^1] = into[^1].With(part);
                }
                else
                {
                    into.Add(part);
                }
            }
        }

        // A late tick goes back to the minute it belongs to, so minutes are found by their time, not only appended.
        private void Turn(long timestampMs, long bid, long offset)
        {
            _openTimeMs = Timeframe.M1.OpenOf(timestampMs);
            if (_byOpenTime.TryGetValue(_openTimeMs, out _at))
            {
                return;
            }

            if (_count == _bars.Length)
            {
                Array.Resize(ref _bars, _count * 2);
            }

            _at = _count++;
            _byOpenTime.Add(_openTimeMs, _at);
            _bars[_at] = new()
            {
                OpenTimeMs = _openTimeMs,
                Open = bid,
                High = bid,
                Low = bid,
                Close = bid,
                OpenedMs = timestampMs,
                ClosedMs = timestampMs,
                First = offset,
            };
        }
    }
}
