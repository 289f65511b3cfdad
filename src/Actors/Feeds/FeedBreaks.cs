using System.Runtime.InteropServices;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;

namespace Trading.Actors.Feeds;

/// <summary>Times in which nobody listened, as the tick path sees them: for each symbol the last tick before and the first
/// one after. Belongs to the recorder and is touched under its gate only.</summary>
internal sealed class FeedBreaks
{
    private readonly Queue<FeedBreak> _all = new();
    private int _waiting;
    private HashSet<SymbolName> _streamed = [];

    /// <summary>The break to be dealt with first.</summary>
    public FeedBreak? Oldest => _all.TryPeek(out var oldest) ? oldest : null;

    /// <summary>What is streamed from now on.</summary>
    public void Streams(IEnumerable<SymbolName> symbols) => _streamed = [.. symbols];

    /// <summary>Listening ended. What was streamed is missing from its last quote on; what is missing already stays so.
    /// True when that is news.</summary>
    public bool Begin(string reason, LastQuotes quotes, Offset written) =>
        Begin(reason, Known(quotes, _streamed), written);

    /// <summary>The same for symbols whose last ticks are given.</summary>
    public bool Begin(string reason, IReadOnlyCollection<Tick> last, Offset written)
    {
        Tick[] news = [.. last.Where(tick => !_all.Any(one => one.Answered == 0 && one.WaitsFor(tick.Symbol)))];
        if (news.Length == 0)
        {
            return false;
        }

        var fresh = new FeedBreak(reason, written);
        if (_all.LastOrDefault() is { Answered: > 0 } former)
        {
            // What it is still waiting for is waited for here; what it knows, it keeps.
            fresh.Add(former.GiveUp());
        }

        fresh.Add(news);
        _all.Enqueue(fresh);
        Count();
        return true;
    }

    /// <summary>A tick has come. True when it was the last one that a break waited for.</summary>
    public bool See(in Tick tick)
    {
        if (_waiting == 0)
        {
            return false;
        }

        var last = false;
        foreach (var one in _all)
        {
            last |= one.See(tick);
        }

        Count();
        return last;
    }

    /// <summary>The oldest break is dealt with.</summary>
    public void Remove()
    {
        _all.Dequeue();
        Count();
    }

    private void Count() => _waiting = _all.Sum(one => one.Waiting);

    private static List<Tick> Known(LastQuotes quotes, IEnumerable<SymbolName> symbols)
    {
        var known = new List<Tick>();
        foreach (var symbol in symbols)
        {
            if (quotes.Find(symbol) is { } last)
            {
                known.Add(last);
            }
        }

        return known;
    }
}

/// <summary>One time in which nobody listened.</summary>
/// <param name="reason">Why.</param>
/// <param name="written">The market log was complete up to here.</param>
internal sealed class FeedBreak(string reason, Offset written)
{
    private readonly Dictionary<string, Missing> _symbols = new(StringComparer.Ordinal);

    /// <summary>Why.</summary>
    public string Reason => reason;

    /// <summary>The market log was complete up to here.</summary>
    public Offset Written => written;

    /// <summary>Symbols whose next tick is waited for.</summary>
    public int Waiting { get; private set; }

    /// <summary>Symbols whose next tick has come.</summary>
    public int Answered => _symbols.Count - Waiting;

    /// <summary>The last ticks before, with the time of the first one after; null when it has not come.</summary>
    public IReadOnlyList<(Tick Last, long? NextMs)> Symbols =>
        [.. _symbols.Values.Select(missing => (missing.Last, missing.NextMs))];

    /// <summary>The symbol's next tick has not come.</summary>
    public bool WaitsFor(SymbolName symbol) =>
        _symbols.TryGetValue(symbol.Value, out var missing) && missing.NextMs is null;

    /// <summary>Waits for these symbols too.</summary>
    public void Add(IEnumerable<Tick> last)
    {
        foreach (var tick in last)
        {
            if (_symbols.TryAdd(tick.Symbol.Value, new(tick, null)))
            {
                Waiting++;
            }
        }
    }

    /// <summary>A tick has come. True when it was the last one waited for.</summary>
    public bool See(in Tick tick)
    {
        ref var missing = ref CollectionsMarshal.GetValueRefOrNullRef(_symbols, tick.Symbol.Value);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref missing) || missing.NextMs is not null)
        {
            return false;
        }

        missing = missing with { NextMs = tick.TimestampMs };
        return --Waiting == 0;
    }

    /// <summary>Waits no more: gives back what it was waiting for.</summary>
    public IReadOnlyList<Tick> GiveUp()
    {
        Tick[] left = [.. _symbols.Values.Where(missing => missing.NextMs is null).Select(missing => missing.Last)];
        foreach (var tick in left)
        {
            _symbols.Remove(tick.Symbol.Value);
        }

        Waiting = 0;
        return left;
    }

    private readonly record struct Missing(Tick Last, long? NextMs);
}
