using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Trading.Domain;
using Trading.Domain.Market;

namespace Trading.Actors.Feeds;

/// <summary>The last quote of each symbol, to recognise the one that a broker repeats when a symbol is subscribed anew.</summary>
internal sealed class LastQuotes
{
    private readonly Dictionary<string, Quote> _bySymbol = [];

    /// <summary>Symbols known.</summary>
    public int Count => _bySymbol.Count;

    /// <summary>The next tick of these symbols, or of every symbol, may be a repeat.</summary>
    public void ExpectRepeats(IEnumerable<SymbolName>? symbols = null)
    {
        foreach (var symbol in symbols?.Select(name => name.Value) ?? _bySymbol.Keys)
        {
            ref var quote = ref CollectionsMarshal.GetValueRefOrNullRef(_bySymbol, symbol);
            if (!Unsafe.IsNullRef(ref quote))
            {
                quote.RepeatExpected = true;
            }
        }
    }

    /// <summary>Takes a tick in. False when it is the expected repeat of what was there.</summary>
    public bool Take(in Tick tick)
    {
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_bySymbol, tick.Symbol.Value, out var known);
        var repeat =
            known
            && last.RepeatExpected
            && last.TimestampMs == tick.TimestampMs
            && last.Bid == tick.Bid.Units
            && last.Ask == tick.Ask.Units;
        last = new(tick.Bid.Units, tick.Ask.Units, tick.TimestampMs);
        return !repeat;
    }

    /// <summary>The last tick of a symbol, or null when it never had one.</summary>
    public Tick? Find(SymbolName symbol) =>
        _bySymbol.TryGetValue(symbol.Value, out var quote) ? TickOf(symbol.Value, quote) : null;

    /// <summary>The last ticks of the symbols that had one in the last while before the newest of all.</summary>
    public IReadOnlyList<Tick> Recent(TimeSpan within)
    {
        var newest = _bySymbol.Count == 0 ? 0 : _bySymbol.Values.Max(quote => quote.TimestampMs);
        return
        [
            .. _bySymbol
                .Where(pair => newest - pair.Value.TimestampMs <= within.TotalMilliseconds)
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
            foreach (var (symbol, quote) in _bySymbol)
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
        public bool RepeatExpected { get; set; }
    }
}
