namespace Trading.Domain.Sessions;

/// <summary>The ids of facts seen lately, so that a second sight of one is recognised. Bounded in time and in number: what
/// is older than the newest by more than <see cref="Window"/>, or is too many, is forgotten.</summary>
/// <remarks>Immutable to its users. Successors share one growing journal of entries, of which each sees a stretch: adding
/// costs the same however many ids are kept, which a replay of millions of events needs.</remarks>
public sealed class RecentIds
{
    /// <summary>How long an id is kept, counted from the newest one. Longer than any overlap with which history is read.
    /// </summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>Most ids kept.</summary>
    public const int Most = 10_000;

    private readonly Journal _journal;
    private readonly int _first;
    private readonly int _end;
    private readonly long _newestMs;

    private RecentIds(Journal journal, int first, int end, int count, long newestMs)
    {
        _journal = journal;
        _first = first;
        _end = end;
        Count = count;
        _newestMs = newestMs;
    }

    /// <summary>Nothing seen.</summary>
    public static RecentIds Empty { get; } = new(new Journal(), 0, 0, 0, long.MinValue);

    /// <summary>How many are kept.</summary>
    public int Count { get; }

    /// <summary>What is kept, in the order of arrival.</summary>
    public IEnumerable<(string Id, long AtMs, int Tag)> Entries
    {
        get
        {
            for (var index = _first; index < _end; index++)
            {
                var entry = _journal[index];
                if (_journal.Find(entry.Id, _first, _end) == index)
                {
                    yield return (entry.Id, entry.AtMs, entry.Tag);
                }
            }
        }
    }

    /// <summary>Seen and not forgotten.</summary>
    public bool Contains(string id) => _journal.Find(id, _first, _end) >= 0;

    /// <summary>The note kept with an id, or null when the id is not known.</summary>
    public int? TagOf(string id) => _journal.Find(id, _first, _end) is >= 0 and var index ? _journal[index].Tag : null;

    /// <summary>When the fact of an id happened last, Unix milliseconds, or null when the id is not known.</summary>
    public long? AtOf(string id) => _journal.Find(id, _first, _end) is >= 0 and var index ? _journal[index].AtMs : null;

    /// <summary>Remembers an id; a known one takes the new note and the later time.</summary>
    public RecentIds With(string id, long atMs, int tag = 0)
    {
        var known = _journal.Find(id, _first, _end);
        if (known >= 0)
        {
            atMs = Math.Max(atMs, _journal[known].AtMs);
            if (_journal[known] is var same && same.AtMs == atMs && same.Tag == tag)
            {
                return this;
            }
        }

        // The shared beginning, a past state that is added to, or a journal with too much behind it: each goes on in a copy
        // of its own.
        var copied = _end == 0 || _first > Most || !_journal.EndsAt(_end);
        var journal = copied ? new Journal(Entries) : _journal;
        var first = copied ? 0 : _first;
        var end = journal.Add(new(id, atMs, tag));
        var count = known >= 0 ? Count : Count + 1;
        var newest = Math.Max(_newestMs, atMs);
        var oldestKept = newest - (long)Window.TotalMilliseconds;
        while (first < end - 1)
        {
            var oldest = journal[first];
            var isRenewed = journal.Find(oldest.Id, first, end) != first;
            if (!isRenewed && count <= Most && oldest.AtMs >= oldestKept)
            {
                break;
            }

            first++;
            count -= isRenewed ? 0 : 1;
        }

        return new(journal, first, end, count, newest);
    }

    private readonly record struct Entry(string Id, long AtMs, int Tag, int Former = -1);

    /// <summary>Only ever grows. An id that comes again points to where it stood before, so that older views still find it.
    /// </summary>
    private sealed class Journal
    {
        private readonly Lock _gate = new();
        private readonly List<Entry> _entries = [];
        private readonly Dictionary<string, int> _newest = [];

        public Journal() { }

        public Journal(IEnumerable<(string Id, long AtMs, int Tag)> entries)
        {
            foreach (var (id, atMs, tag) in entries)
            {
                Add(new(id, atMs, tag));
            }
        }

        public Entry this[int index]
        {
            get
            {
                lock (_gate)
                {
                    return _entries[index];
                }
            }
        }

        public bool EndsAt(int end)
        {
            lock (_gate)
            {
                return _entries.Count == end;
            }
        }

        /// <summary>The place of an id within a stretch, or -1.</summary>
        public int Find(string id, int first, int end)
        {
            lock (_gate)
            {
                var index = _newest.GetValueOrDefault(id, -1);
                while (index >= end)
                {
                    index = _entries[index].Former;
                }

                return index >= first ? index : -1;
            }
        }

        public int Add(Entry entry)
        {
            lock (_gate)
            {
                _entries.Add(entry with { Former = _newest.GetValueOrDefault(entry.Id, -1) });
                _newest[entry.Id] = _entries.Count - 1;
                return _entries.Count;
            }
        }
    }
}
