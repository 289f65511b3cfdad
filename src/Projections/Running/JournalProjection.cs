using System.Collections.Frozen;
using System.Runtime.InteropServices;
using Google.Protobuf.Reflection;
using Npgsql;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Rows;

namespace Trading.Projections.Running;

/// <summary>A fold of the journal in which each event changes at most one row. A batch is folded in memory and only the
/// final state of each changed row is written.</summary>
internal abstract class JournalProjection<TRow>(Table<TRow> table, params MessageDescriptor[] concerns)
    : Projection<RecordedEvent>
    where TRow : class, IStamped
{
    private const int MostRemembered = 2_048;

    // Below this, sharing costs more than it saves.
    private const int WorthSharing = 2_000;
    private static readonly uint Cores = (uint)Math.Clamp(Environment.ProcessorCount, 1, 8);
    private readonly FrozenSet<string> _concerns = concerns
        .Select(type => type.FullName)
        .ToFrozenSet(StringComparer.Ordinal);
    private readonly Dictionary<RowKey, RowSlot<TRow>> _slots = [];
    private readonly List<RowSlot<TRow>> _changed = [];
    private RowSlot<TRow>? _last;

    /// <summary>The row that an event of interest is about; null when it is about none.</summary>
    protected abstract RowKey? KeyOf(RecordedEvent recorded);

    /// <summary>The row after an event; the very same one when nothing changed. Pure.</summary>
    protected abstract TRow? Apply(TRow? row, RecordedEvent recorded);

    /// <summary>The row as it is remembered once it is written.</summary>
    protected virtual TRow Written(TRow row) => row;

    /// <summary>Whether events of a stored name change rows of this projection.</summary>
    public bool Concerns(string type) => _concerns.Contains(type);

    /// <summary>The row that an event is about; null when it does not concern this projection.</summary>
    /// <exception cref="PoisonException">The event cannot be read.</exception>
    public RowKey? RouteOf(RecordedEvent recorded)
    {
        if (!_concerns.Contains(recorded.Type))
        {
            // What we have never heard of may concern every table: a newer writer is at work.
            return EventCatalog.ByName.ContainsKey(recorded.Type)
                ? null
                : throw new PoisonException($"This version knows no event of type {recorded.Type}.");
        }

        try
        {
            return KeyOf(recorded);
        }
        catch (Exception exception) when (IsAboutTheEvent(exception))
        {
            throw new PoisonException($"{recorded.Type}: {exception.Message}", exception);
        }
    }

    /// <summary>The row after an event.</summary>
    /// <exception cref="PoisonException">The event cannot be folded.</exception>
    public TRow? Fold(TRow? row, RecordedEvent recorded)
    {
        try
        {
            return Apply(row, recorded);
        }
        catch (Exception exception) when (IsAboutTheEvent(exception))
        {
            throw new PoisonException($"{recorded.Type}: {exception.Message}", exception);
        }
    }

    public override void Prepare(IReadOnlyList<RecordedEvent> items)
    {
        foreach (var recorded in items)
        {
            try
            {
                if (_concerns.Contains(recorded.Type))
                {
                    recorded.DecodeForFold();
                }
            }
            catch (UnknownEventException)
            {
                // The fold meets it again, and parks its stream.
                continue;
            }
        }
    }

    public override async ValueTask<IReadOnlyList<NpgsqlBatchCommand>> FoldAsync(
        NpgsqlConnection connection,
        IReadOnlyList<RecordedEvent> batch,
        CancellationToken cancellation
    )
    {
        if (_slots.Count > MostRemembered)
        {
            _last = null;
            _slots.Clear();
        }

        var concerned = new List<(RowSlot<TRow> Slot, RecordedEvent Recorded)>();
        var unknown = new List<RowSlot<TRow>>();
        var erasures = new List<RecordedEvent>();
        foreach (var recorded in batch)
        {
            if (RouteOf(recorded) is { } key)
            {
                concerned.Add((SlotOf(key, unknown), recorded));
            }
            else if (recorded.Type == UserErased.Descriptor.FullName && Model.UserOwned)
            {
                erasures.Add(recorded);
            }
        }

        await LoadAsync(connection, unknown, cancellation);
        var from = 0;
        foreach (var erasure in erasures)
        {
            var upTo = concerned.FindIndex(from, one => one.Recorded.Offset > erasure.Offset);
            upTo = upTo < 0 ? concerned.Count : upTo;
            await FoldAsync(concerned, from, upTo);
            Erase(erasure);
            from = upTo;
        }

        await FoldAsync(concerned, from, concerned.Count);

        NpgsqlBatchCommand[] erase = [.. erasures.Select(e => Erasure.Of(e.UserOf(), e.Offset, Target.Table))];
        return _changed.Count == 0
            ? erase
            : [.. erase, table.Upsert(Target.Table, _changed.ConvertAll(slot => slot.Row!))];
    }

    // Rows do not look at each other: where there is much to fold, each core takes those of its keys.
    private async ValueTask FoldAsync(List<(RowSlot<TRow> Slot, RecordedEvent Recorded)> concerned, int from, int upTo)
    {
        var parts = upTo - from < WorthSharing ? 1 : Cores;
        if (parts == 1)
        {
            _changed.AddRange(FoldPart(concerned, from, upTo, 0, 1));
            return;
        }

        var working = Enumerable
            .Range(0, (int)parts)
            .Select(part => Task.Run(() => FoldPart(concerned, from, upTo, (uint)part, parts)));
        foreach (var changed in await Task.WhenAll(working))
        {
            _changed.AddRange(changed);
        }
    }

    private List<RowSlot<TRow>> FoldPart(
        List<(RowSlot<TRow> Slot, RecordedEvent Recorded)> concerned,
        int from,
        int upTo,
        uint part,
        uint parts
    )
    {
        var changed = new List<RowSlot<TRow>>();
        for (var i = from; i < upTo; i++)
        {
            var (slot, recorded) = concerned[i];
            // An event that a stored row has taken in already is read again after a checkpoint was moved back.
            if (slot.Hash % parts == part && (slot.Row is null || slot.Row.Stamp.Offset < recorded.Offset))
            {
                slot.Take(Fold(slot.Row, recorded), changed);
            }
        }

        return changed;
    }

    // What is remembered of the user from before goes as well: the next event finds no row.
    private void Erase(RecordedEvent erasure)
    {
        var user = erasure.UserOf().Value;
        foreach (var slot in _slots.Values.Where(slot => slot.Key.User == user))
        {
            if (slot.Row is { } row && row.Stamp.Offset < erasure.Offset)
            {
                slot.Clear();
                _changed.Remove(slot);
            }
        }
    }

    public override void Committed()
    {
        foreach (var slot in _changed)
        {
            slot.Settle(Written(slot.Row!));
        }

        _changed.Clear();
    }

    public override void Forget()
    {
        _changed.Clear();
        _last = null;
        _slots.Clear();
    }

    private RowSlot<TRow> SlotOf(RowKey key, List<RowSlot<TRow>> unknown)
    {
        // Events of one row tend to follow each other.
        if (_last is { } last && last.Key == key)
        {
            return last;
        }

        ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, key, out var known);
        if (!known)
        {
            slot = new(key);
            unknown.Add(slot);
        }

        return _last = slot!;
    }

    private async Task LoadAsync(
        NpgsqlConnection connection,
        List<RowSlot<TRow>> unknown,
        CancellationToken cancellation
    )
    {
        if (unknown.Count == 0)
        {
            return;
        }

        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(table.Load(Target.Table, unknown.ConvertAll(slot => slot.Key)));
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var row = table.Read(reader);
            _slots[KeyOf(row)].Settle(row);
        }
    }

    /// <summary>The key of a row.</summary>
    protected abstract RowKey KeyOf(TRow row);

    // The fold is pure: what it throws is about this event and would be thrown again.
    private static bool IsAboutTheEvent(Exception exception) =>
        exception
            is UnknownEventException
                or FormatException
                or ArgumentException
                or InvalidOperationException
                or ArithmeticException
                or KeyNotFoundException;
}
