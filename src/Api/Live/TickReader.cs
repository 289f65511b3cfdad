using System.Diagnostics;

namespace Trading.Api.Live;

/// <summary>One client's way through the ring: what it watches, where it stands, and what is to be sent next.</summary>
internal sealed class TickReader(TickRing ring, bool newestOnly)
{
    // A client this far behind is served faster, and sees the truth sooner, by the newest tick of each symbol.
    private const int MaxBehind = TickRing.Capacity / 2;

    private readonly Lock _wanting = new();
    private readonly HashSet<int> _wanted = [];
    private bool[] _watched = [];
    private int[] _list = [];
    private int _wantedVersion;
    private int _seenVersion;
    private long _cursor = ring.Head;
    private readonly Queue<TickRing.Entry> _due = [];

    /// <summary>Wakes the client's pump.</summary>
    public AsyncSignal Signal { get; } = new();

    /// <summary>So far back that the ring may overtake it although nothing it watches has ticked.</summary>
    public bool IsBehind => ring.Head - Volatile.Read(ref _cursor) > TickRing.Capacity / 4;

    /// <summary>Watches one of these symbols.</summary>
    public bool WatchesAny(HashSet<int> symbols)
    {
        var watched = Volatile.Read(ref _watched);
        foreach (var symbol in symbols)
        {
            if (symbol < watched.Length && watched[symbol])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Starts or stops watching a symbol. The newest tick of a new one follows at once.</summary>
    public void Watch(int symbol, bool on)
    {
        lock (_wanting)
        {
            if (on ? _wanted.Add(symbol) : _wanted.Remove(symbol))
            {
                _wantedVersion++;
            }
        }

        Signal.Set();
    }

    /// <summary>Fills the buffer with whole frames and answers how many bytes it took; 0 when nothing is due. Only the
    /// client's pump may call this.</summary>
    public int Fill(Span<byte> buffer)
    {
        TakeUpWishes();
        if (ring.Head - _cursor is var behind && (behind > MaxBehind || (newestOnly && behind > 0)))
        {
            Merge(behind);
        }

        var length = 0;
        var count = 0;
        while (_due.TryPeek(out var entry))
        {
            if (IsWatched(entry.Symbol))
            {
                if (!Copy(entry, buffer, ref length))
                {
                    break;
                }

                count++;
            }

            _due.Dequeue();
        }

        if (_due.Count == 0 && !newestOnly)
        {
            var head = ring.Head;
            while (_cursor < head)
            {
                if (ring.At(_cursor + 1) is not { } entry)
                {
                    // Overtaken while filling: the next call merges.
                    break;
                }

                if (IsWatched(entry.Symbol))
                {
                    if (!Copy(entry, buffer, ref length))
                    {
                        break;
                    }

                    count++;
                }

                _cursor++;
            }
        }

        if (count > 0)
        {
            LiveMeter.TicksSent.Add(count);
        }

        return length;
    }

    private bool IsWatched(int symbol) => symbol < _watched.Length && _watched[symbol];

    private static bool Copy(TickRing.Entry entry, Span<byte> buffer, ref int length)
    {
        if (!entry.Bytes.AsSpan().TryCopyTo(buffer[length..]))
        {
            Debug.Assert(length > 0, "a buffer holds at least one frame");
            return false;
        }

        length += entry.Bytes.Length;
        return true;
    }

    private void Merge(long behind)
    {
        var head = ring.Head;
        // What was due before stays due unless its symbol has ticked since.
        for (var left = _due.Count; left > 0; left--)
        {
            var entry = _due.Dequeue();
            if (ring.Newest(entry.Symbol) == entry)
            {
                _due.Enqueue(entry);
            }
        }

        foreach (var symbol in _list)
        {
            if (ring.Newest(symbol) is { } newest && newest.Sequence > _cursor && newest.Sequence <= head)
            {
                _due.Enqueue(newest);
            }
        }

        _cursor = head;
        if (!newestOnly)
        {
            LiveMeter.TicksMerged.Add(behind);
        }
    }

    private void TakeUpWishes()
    {
        if (Volatile.Read(ref _wantedVersion) == _seenVersion)
        {
            return;
        }

        int[] wanted;
        lock (_wanting)
        {
            wanted = [.. _wanted.Order()];
            _seenVersion = _wantedVersion;
        }

        var watched = new bool[wanted.Length == 0 ? 0 : wanted[^1] + 1];
        foreach (var symbol in wanted)
        {
            watched[symbol] = true;
            var isNew = symbol >= _watched.Length || !_watched[symbol];
            if (isNew && ring.Newest(symbol) is { } newest && newest.Sequence <= _cursor)
            {
                _due.Enqueue(newest);
            }
        }

        (_watched, _list) = (watched, wanted);
    }
}
