using System.Collections.Immutable;

namespace Trading.Domain.Sessions;

/// <summary>The ids of facts seen lately, so that a second sight of one is recognised. Bounded in time and in number: what
/// is older than the newest by more than <see cref="Window"/>, or is too many, is forgotten.</summary>
public sealed class RecentIds
{
    /// <summary>How long an id is kept, counted from the newest one. Longer than any overlap with which history is read.
    /// </summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>Most ids kept.</summary>
    public const int Most = 10_000;

    private readonly ImmutableDictionary<string, Entry> _byId;
    private readonly ImmutableQueue<string> _order;
    private readonly long _newestMs;

    private RecentIds(ImmutableDictionary<string, Entry> byId, ImmutableQueue<string> order, long newestMs)
    {
        _byId = byId;
        _order = order;
        _newestMs = newestMs;
    }

    /// <summary>Nothing seen.</summary>
    public static RecentIds Empty { get; } = new(ImmutableDictionary<string, Entry>.Empty, [], long.MinValue);

    /// <summary>How many are kept.</summary>
    public int Count => _byId.Count;

    /// <summary>What is kept, in the order of arrival.</summary>
    public IEnumerable<(string Id, long AtMs, int Tag)> Entries =>
        _order.Select(id => (id, _byId[id].AtMs, _byId[id].Tag));

    /// <summary>Seen and not forgotten.</summary>
    public bool Contains(string id) => _byId.ContainsKey(id);

    /// <summary>The note kept with an id, or null when the id is not known.</summary>
    public int? TagOf(string id) => _byId.TryGetValue(id, out var entry) ? entry.Tag : null;

    /// <summary>When the fact of an id happened last, Unix milliseconds, or null when the id is not known.</summary>
    public long? AtOf(string id) => _byId.TryGetValue(id, out var entry) ? entry.AtMs : null;

    /// <summary>Remembers an id; a known one takes the new note and the later time.</summary>
    public RecentIds With(string id, long atMs, int tag = 0)
    {
        if (_byId.TryGetValue(id, out var known))
        {
            var renewed = new Entry(Math.Max(known.AtMs, atMs), tag);
            return renewed == known ? this : new(_byId.SetItem(id, renewed), _order, Math.Max(_newestMs, renewed.AtMs));
        }

        var byId = _byId.Add(id, new(atMs, tag));
        var order = _order.Enqueue(id);
        var newest = Math.Max(_newestMs, atMs);
        var oldestKept = newest - (long)Window.TotalMilliseconds;
        while (byId.Count > 1 && (byId.Count > Most || byId[order.Peek()].AtMs < oldestKept))
        {
            order = order.Dequeue(out var oldest);
            byId = byId.Remove(oldest);
        }

        return new(byId, order, newest);
    }

    private readonly record struct Entry(long AtMs, int Tag);
}
