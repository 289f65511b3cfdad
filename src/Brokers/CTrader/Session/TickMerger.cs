using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Mapping;
using Trading.Brokers.CTrader.Wire;
using Trading.Domain;
using Trading.Domain.Market;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// Makes whole ticks of one-sided quotes: a side that a quote leaves out is as it was (source: cTrader Open API). Used
/// by one reading loop only, and new with each connection, since a reconnect begins with whole quotes.
/// </summary>
internal sealed class TickMerger(TimeProvider clock)
{
    // Above this a quote does not fit our prices; no market is near it.
    private const ulong LargestPrice = long.MaxValue / 1_000;

    private const int FirstBooks = 16;
    private const int FirstTicks = 64;

    private readonly Dictionary<long, int> _slots = [];
    private Book[] _books = [];
    private Tick[] _ticks = [];
    private int _count;
    private SymbolDirectory _symbols = SymbolDirectory.Empty;

    /// <summary>Ticks gathered since the last <see cref="Clear"/>, in the order of arrival.</summary>
    public ReadOnlyMemory<Tick> Gathered => _ticks.AsMemory(0, _count);

    /// <summary>Takes in a quote. It makes a tick when both sides are known.</summary>
    /// <param name="quote">The quote.</param>
    /// <param name="symbols">Names of the symbols, as of now.</param>
    public void Add(in SpotQuote quote, SymbolDirectory symbols)
    {
        if (!ReferenceEquals(symbols, _symbols))
        {
            // Names may have changed. Prices have not, so the books keep them.
            Rename(symbols);
        }

        if (!_slots.TryGetValue(quote.SymbolId, out var slot) && !TryOpen(quote.SymbolId, out slot))
        {
            LinkMetrics.Skip("symbol");
            return;
        }

        ref var book = ref _books[slot];
        // A price of zero is no price: some feeds send it for a side that nobody quotes.
        if (quote.HasBid && quote.Bid is > 0 and <= LargestPrice)
        {
            book.Bid = (long)quote.Bid;
        }

        if (quote.HasAsk && quote.Ask is > 0 and <= LargestPrice)
        {
            book.Ask = (long)quote.Ask;
        }

        if (book.Gone)
        {
            LinkMetrics.Skip("symbol");
            return;
        }

        if (book.Bid == 0 || book.Ask == 0)
        {
            return;
        }

        if (_count == _ticks.Length)
        {
            Array.Resize(ref _ticks, Math.Max(FirstTicks, _ticks.Length * 2));
        }

        _ticks[_count++] = new Tick(
            book.Name,
            Price.FromHundredThousandths(book.Bid),
            Price.FromHundredThousandths(book.Ask),
            quote.HasTimestamp && BrokerNumber.IsMoment(quote.TimestampMs)
                ? quote.TimestampMs
                : clock.GetUtcNow().ToUnixTimeMilliseconds()
        );
    }

    /// <summary>Forgets the gathered ticks, whose memory is used again.</summary>
    public void Clear() => _count = 0;

    private bool TryOpen(long symbolId, out int slot)
    {
        slot = _slots.Count;
        if (!_symbols.TryGet(symbolId, out var symbol))
        {
            return false;
        }

        if (slot == _books.Length)
        {
            Array.Resize(ref _books, Math.Max(FirstBooks, _books.Length * 2));
        }

        _slots.Add(symbolId, slot);
        _books[slot].Name = symbol;
        return true;
    }

    private void Rename(SymbolDirectory symbols)
    {
        _symbols = symbols;
        foreach (var (symbolId, slot) in _slots)
        {
            _books[slot].Name = symbols.Get(symbolId);
            _books[slot].Gone = !symbols.TryGet(symbolId, out _);
        }
    }

    private struct Book
    {
        public SymbolName Name;
        public bool Gone;
        public long Bid;
        public long Ask;
    }
}
