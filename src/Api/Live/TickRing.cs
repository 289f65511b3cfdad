using System.Collections.Concurrent;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;

namespace Trading.Api.Live;

/// <summary>The newest ticks as ready frames, in the order of the market log. One writer; each reader walks it with a cursor
/// of its own, so a reader costs no memory here however slow it is: one that was overtaken goes on from the newest tick of
/// each symbol.</summary>
internal sealed class TickRing
{
    /// <summary>Ticks held.</summary>
    public const int Capacity = 8_192;

    /// <summary>Most symbols known; more are not watched.</summary>
    public const int MaxSymbols = 10_000;

    private readonly Entry?[] _entries = new Entry?[Capacity];
    private readonly Entry?[] _newest = new Entry?[MaxSymbols];
    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Lock _naming = new();
    private long _head;

    /// <summary>The number of the newest entry; the first is 1.</summary>
    public long Head => Volatile.Read(ref _head);

    /// <summary>The ring's own number of a symbol, from 0; null when there are too many symbols.</summary>
    public int? NumberOf(SymbolName symbol)
    {
        if (_numbers.TryGetValue(symbol.Value, out var number))
        {
            return number;
        }

        lock (_naming)
        {
            if (_numbers.TryGetValue(symbol.Value, out number))
            {
                return number;
            }

            number = _numbers.Count;
            return number < MaxSymbols && _numbers.TryAdd(symbol.Value, number) ? number : null;
        }
    }

    /// <summary>Puts a tick at the head. Only one thread may call this.</summary>
    public void Add(in Tick tick, Offset offset)
    {
        if (NumberOf(tick.Symbol) is not { } number)
        {
            return;
        }

        var sequence = _head + 1;
        var entry = new Entry(sequence, number, tick, offset);
        Volatile.Write(ref _entries[sequence % Capacity], entry);
        Volatile.Write(ref _newest[number], entry);
        Volatile.Write(ref _head, sequence);
    }

    /// <summary>The entry with this number, or null when it was overwritten.</summary>
    public Entry? At(long sequence)
    {
        var entry = Volatile.Read(ref _entries[sequence % Capacity]);
        return entry?.Sequence == sequence ? entry : null;
    }

    /// <summary>The newest entry of a symbol, or null when it has not ticked.</summary>
    public Entry? Newest(int symbol) => Volatile.Read(ref _newest[symbol]);

    /// <summary>A tick ready to be sent.</summary>
    /// <param name="sequence">Its place in the ring's order.</param>
    /// <param name="symbol">The ring's number of its symbol.</param>
    /// <param name="tick">The tick.</param>
    /// <param name="offset">Its offset in the market log.</param>
    internal sealed class Entry(long sequence, int symbol, in Tick tick, Offset offset)
    {
        public long Sequence { get; } = sequence;

        public int Symbol { get; } = symbol;

        public Tick Tick { get; } = tick;

        public Offset Offset { get; } = offset;

        /// <summary>The WebSocket frame, made when the first client needs it.</summary>
        public byte[] Bytes => field ??= TickFrame.Of(Tick, Offset);
    }
}
