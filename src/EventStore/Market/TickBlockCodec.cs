using System.Buffers;
using System.Collections.Concurrent;
using System.Numerics;
using System.Text;
using Trading.Domain;
using Trading.Domain.Market;

namespace Trading.EventStore.Market;

/// <summary>Packs ticks into few bytes each, without loss. Form 1: the form's number; the number of ticks; the distinct
/// symbols, each with the power of ten that all its prices are multiples of; the symbol of every tick in 0, 1, 2, 4, 8 or
/// 16 bits; then of every tick three zig-zag variable-length numbers: the step of the time from the tick before, and the
/// steps of the bid and of the spread from the same symbol's tick before.</summary>
internal sealed class TickBlockCodec
{
    /// <summary>Most ticks in one block.</summary>
    public const int MaxTicks = 65_536;

    private const byte Form = 1;
    private const int LongestNumber = 10;
    private const int KnownSymbols = 10_000;
    private static readonly long[] PowersOfTen =
    [
        1,
        10,
        100,
        1_000,
        10_000,
        100_000,
        1_000_000,
        10_000_000,
        100_000_000,
    ];

    private readonly ConcurrentDictionary<string, string> _symbols = new();

    /// <summary>Packs 1 to <see cref="MaxTicks"/> ticks.</summary>
    public static byte[] Encode(ReadOnlySpan<Tick> ticks)
    {
        var index = ArrayPool<ushort>.Shared.Rent(ticks.Length);
        var symbols = SymbolsOf(ticks, index);
        var bits = BitsFor(symbols.Count);
        var longest =
            1
            + (2 * LongestNumber)
            + symbols.Sum(s => LongestNumber + 1 + Encoding.UTF8.GetMaxByteCount(s.Name.Length))
            + (((ticks.Length * bits) + 7) / 8)
            + (ticks.Length * 3 * LongestNumber);
        var buffer = ArrayPool<byte>.Shared.Rent(longest);

        var to = new Varints(buffer);
        to.Byte(Form);
        to.Unsigned((ulong)ticks.Length);
        to.Unsigned((ulong)symbols.Count);
        foreach (var symbol in symbols)
        {
            to.Text(symbol.Name);
            to.Byte((byte)symbol.Exponent);
        }

        PackIndex(index.AsSpan(0, ticks.Length), bits, to.Bytes(((ticks.Length * bits) + 7) / 8));

        var states = new State[symbols.Count];
        for (var i = 0; i < states.Length; i++)
        {
            states[i].Unit = PowersOfTen[symbols[i].Exponent];
        }

        var time = 0L;
        for (var i = 0; i < ticks.Length; i++)
        {
            ref readonly var tick = ref ticks[i];
            ref var state = ref states[index[i]];
            var bid = tick.Bid.Units / state.Unit;
            var spread = unchecked((tick.Ask.Units / state.Unit) - bid);
            to.Signed(unchecked(tick.TimestampMs - time));
            to.Signed(unchecked(bid - state.Bid));
            to.Signed(unchecked(spread - state.Spread));
            time = tick.TimestampMs;
            state.Bid = bid;
            state.Spread = spread;
        }

        var block = buffer.AsSpan(0, to.Position).ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        ArrayPool<ushort>.Shared.Return(index);
        return block;
    }

    /// <summary>Unpacks a block.</summary>
    /// <exception cref="InvalidDataException">Not a block, or cut short.</exception>
    public Tick[] Decode(ReadOnlySpan<byte> block)
    {
        try
        {
            return DecodeChecked(block);
        }
        catch (Exception broken) when (broken is IndexOutOfRangeException or ArgumentException)
        {
            throw new InvalidDataException("A block of ticks is damaged.", broken);
        }
    }

    private Tick[] DecodeChecked(ReadOnlySpan<byte> block)
    {
        var from = new VarintReader(block);
        if (from.Byte() is var form and not Form)
        {
            throw new InvalidDataException($"A block of ticks is of form {form}, which this version does not know.");
        }

        var count = checked((int)Math.Min(from.Unsigned(), MaxTicks + 1));
        var symbolCount = checked((int)Math.Min(from.Unsigned(), MaxTicks + 1));
        if (count is 0 or > MaxTicks || symbolCount is 0 || symbolCount > count)
        {
            throw new InvalidDataException("A block of ticks is damaged: its counts cannot be.");
        }

        var names = new SymbolName[symbolCount];
        var states = new State[symbolCount];
        for (var i = 0; i < symbolCount; i++)
        {
            names[i] = new(Shared(from.Text()));
            states[i].Unit = PowersOfTen[from.Byte()];
        }

        var bits = BitsFor(symbolCount);
        var index = from.Bytes(((count * bits) + 7) / 8);
        var ticks = new Tick[count];
        var time = 0L;
        for (var i = 0; i < ticks.Length; i++)
        {
            var symbol = bits == 0 ? 0 : IndexAt(index, i, bits);
            ref var state = ref states[symbol];
            unchecked
            {
                time += from.Signed();
                state.Bid += from.Signed();
                state.Spread += from.Signed();
                ticks[i] = new(
                    names[symbol],
                    new(state.Bid * state.Unit),
                    new((state.Bid + state.Spread) * state.Unit),
                    time
                );
            }
        }

        return from.AtEnd ? ticks : throw new InvalidDataException("A block of ticks is damaged: it is too long.");
    }

    private static List<Symbol> SymbolsOf(ReadOnlySpan<Tick> ticks, Span<ushort> index)
    {
        var symbols = new List<Symbol>();
        var places = new Dictionary<string, ushort>();
        string? lastName = null;
        Symbol? last = null;
        ushort place = 0;
        for (var i = 0; i < ticks.Length; i++)
        {
            ref readonly var tick = ref ticks[i];
            var name = tick.Symbol.Value;
            if (!ReferenceEquals(name, lastName))
            {
                if (!places.TryGetValue(name, out place))
                {
                    place = (ushort)symbols.Count;
                    places.Add(name, place);
                    symbols.Add(new(name));
                }

                (lastName, last) = (name, symbols[place]);
            }

            index[i] = place;
            while (tick.Bid.Units % last!.Unit != 0 || tick.Ask.Units % last.Unit != 0)
            {
                last.Exponent--;
                last.Unit = PowersOfTen[last.Exponent];
            }
        }

        return symbols;
    }

    private string Shared(ReadOnlySpan<byte> utf8)
    {
        Span<char> chars = utf8.Length <= 128 ? stackalloc char[128] : new char[utf8.Length];
        var name = chars[..Encoding.UTF8.GetChars(utf8, chars)];
        var lookup = _symbols.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(name, out var shared))
        {
            return shared;
        }

        if (_symbols.Count >= KnownSymbols)
        {
            _symbols.Clear();
        }

        var made = name.ToString();
        return _symbols.GetOrAdd(made, made);
    }

    private static int BitsFor(int symbols) =>
        symbols == 1 ? 0 : (int)BitOperations.RoundUpToPowerOf2((uint)BitOperations.Log2((uint)symbols - 1) + 1);

    private static void PackIndex(ReadOnlySpan<ushort> index, int bits, Span<byte> packed)
    {
        if (bits == 0)
        {
            return;
        }

        packed.Clear();
        for (var i = 0; i < index.Length; i++)
        {
            if (bits == 16)
            {
                packed[2 * i] = (byte)index[i];
                packed[(2 * i) + 1] = (byte)(index[i] >> 8);
            }
            else
            {
                var at = i * bits;
                packed[at >> 3] |= (byte)(index[i] << (at & 7));
            }
        }
    }

    private static int IndexAt(ReadOnlySpan<byte> packed, int i, int bits)
    {
        if (bits == 16)
        {
            return packed[2 * i] | (packed[(2 * i) + 1] << 8);
        }

        var at = i * bits;
        return (packed[at >> 3] >> (at & 7)) & ((1 << bits) - 1);
    }

    private sealed class Symbol(string name)
    {
        public string Name { get; } = name;
        public int Exponent { get; set; } = PowersOfTen.Length - 1;
        public long Unit { get; set; } = PowersOfTen[^1];
    }

    private struct State
    {
        public long Unit;
        public long Bid;
        public long Spread;
    }
}
