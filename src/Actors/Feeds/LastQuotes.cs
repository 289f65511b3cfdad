using System.Runtime.InteropServices;
using System.Text;
using Trading.Domain;
using Trading.Domain.Market;

namespace Trading.Actors.Feeds;

/// <summary>The last quote of each symbol, to recognise the one that a broker repeats when a symbol is subscribed anew.</summary>
internal sealed class LastQuotes
{
    // A change of the source, a new link and a new subscription may each bring one.
    private const int MostRepeats = 3;
    private readonly Dictionary<string, Quote> _bySymbol = [];

    /// <summary>Symbols known.</summary>
    public int Count => _bySymbol.Count;

    /// <summary>One more of the next ticks of these symbols, or of every symbol, may be a repeat.</summary>
    public void ExpectRepeats(IEnumerable<SymbolName>? symbols = null)
    {
        foreach (var symbol in symbols?.Select(name => name.Value) ?? [.. _bySymbol.Keys])
        {
            // A symbol asked for twice before its first quote came repeats that one; one asked for once repeats nothing.
            ref var quote = ref CollectionsMarshal.GetValueRefOrAddDefault(_bySymbol, symbol, out var asked);
            quote.Repeats = asked ? Math.Min(MostRepeats, quote.Repeats + 1) : 0;
        }
    }

    /// <summary>Takes a tick in. False when it is an expected repeat of what was there, or older: what another source told
    /// before. Quotes that were under way when a repeat was asked for come before it, so it is expected until it comes.
    /// </summary>
    public bool Take(in Tick tick)
    {
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_bySymbol, tick.Symbol.Value, out _);
        if (last.IsFilled && tick.TimestampMs <= last.TimestampMs)
        {
            // Slow news of what the broker's history told in the meantime.
            return false;
        }

        if (last.Repeats > 0)
        {
            if (tick.TimestampMs < last.TimestampMs)
            {
                return false;
            }

            if (last.TimestampMs == tick.TimestampMs && last.Bid == tick.Bid.Units && last.Ask == tick.Ask.Units)
            {
                last.Repeats--;
                return false;
            }
        }

        last = new(tick.Bid.Units, tick.Ask.Units, tick.TimestampMs) { Repeats = last.Repeats };
        return true;
    }

    /// <summary>Takes in a tick of the past. False when it is the last one known, which came live after all.</summary>
    public bool Fill(in Tick tick)
    {
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_bySymbol, tick.Symbol.Value, out _);
        var same = last.TimestampMs == tick.TimestampMs && last.Bid == tick.Bid.Units && last.Ask == tick.Ask.Units;
        if (same && !last.IsFilled)
        {
            return false;
        }

        if (tick.TimestampMs >= last.TimestampMs)
        {
            last = new(tick.Bid.Units, tick.Ask.Units, tick.TimestampMs) { Repeats = last.Repeats, IsFilled = true };
        }

        return true;
    }

    /// <summary>The last tick of a symbol, or null when it never had one.</summary>
    public Tick? Find(SymbolName symbol) =>
        _bySymbol.TryGetValue(symbol.Value, out var quote) && quote.IsHeard ? TickOf(symbol.Value, quote) : null;

    /// <summary>The last ticks of the symbols that had one in the last while before the newest of all.</summary>
    public IReadOnlyList<Tick> Recent(TimeSpan within)
    {
        var newest = _bySymbol.Count == 0 ? 0 : _bySymbol.Values.Max(quote => quote.TimestampMs);
        return
        [
            .. _bySymbol
                .Where(pair => pair.Value.IsHeard && newest - pair.Value.TimestampMs <= within.TotalMilliseconds)
                .Select(pair => TickOf(pair.Key, pair.Value)),
        ];
    }

    private static Tick TickOf(string symbol, Quote quote) =>
        new(new(symbol), new(quote.Bid), new(quote.Ask), quote.TimestampMs);

    /// <summary>The quotes as bytes: for each symbol its name, bid, ask and time.</summary>
    public byte[] Write()
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            foreach (var (symbol, quote) in _bySymbol.Where(pair => pair.Value.IsHeard))
            {
                writer.Write(symbol);
                writer.Write(quote.Bid);
                writer.Write(quote.Ask);
                writer.Write(quote.TimestampMs);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Takes in what <see cref="Write"/> made.</summary>
    public void Read(ReadOnlyMemory<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()), Encoding.UTF8);
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            _bySymbol[reader.ReadString()] = new(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        }
    }

    private record struct Quote(long Bid, long Ask, long TimestampMs)
    {
        public int Repeats { get; set; }

        public bool IsFilled { get; init; }

        public readonly bool IsHeard => TimestampMs > 0;
    }
}
