using System.Collections.Frozen;
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
    private readonly FrozenSet<string> _concerns = concerns.Select(type => type.FullName).ToFrozenSet();
    private readonly Dictionary<RowKey, TRow?> _remembered = [];
    private readonly Dictionary<RowKey, TRow> _changed = [];

    /// <summary>The row that an event of interest is about; null when it is about none.</summary>
    protected abstract RowKey? KeyOf(RecordedEvent recorded);

    /// <summary>The row after an event; the very same one when nothing changed. Pure.</summary>
    protected abstract TRow? Apply(TRow? row, RecordedEvent recorded);

    /// <summary>The row as it is remembered once it is written.</summary>
    protected virtual TRow Written(TRow row) => row;

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

    public override async ValueTask<IReadOnlyList<NpgsqlBatchCommand>> FoldAsync(
        NpgsqlConnection connection,
        IReadOnlyList<RecordedEvent> batch,
        CancellationToken cancellation
    )
    {
        _changed.Clear();
        var concerned = new List<(RowKey Key, RecordedEvent Recorded)>();
        foreach (var recorded in batch)
        {
            if (RouteOf(recorded) is { } key)
            {
                concerned.Add((key, recorded));
            }
        }

        await RememberAsync(connection, concerned, cancellation);
        foreach (var (key, recorded) in concerned)
        {
            var before = _changed.GetValueOrDefault(key) ?? _remembered[key];
            var after = Fold(before, recorded);
            if (after is not null && !ReferenceEquals(before, after))
            {
                _changed[key] = after;
            }
        }

        return _changed.Count == 0 ? [] : [table.Upsert(Model.Table, _changed.Values)];
    }

    public override void Committed()
    {
        foreach (var (key, row) in _changed)
        {
            _remembered[key] = Written(row);
        }

        _changed.Clear();
    }

    public override void Forget()
    {
        _changed.Clear();
        _remembered.Clear();
    }

    private async Task RememberAsync(
        NpgsqlConnection connection,
        List<(RowKey Key, RecordedEvent Recorded)> concerned,
        CancellationToken cancellation
    )
    {
        if (_remembered.Count > MostRemembered)
        {
            _remembered.Clear();
        }

        var unknown = concerned.Select(pair => pair.Key).Where(key => !_remembered.ContainsKey(key)).ToHashSet();
        if (unknown.Count == 0)
        {
            return;
        }

        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(table.Load(Model.Table, unknown));
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        foreach (var key in unknown)
        {
            _remembered[key] = null;
        }

        while (await reader.ReadAsync(cancellation))
        {
            var row = table.Read(reader);
            _remembered[KeyOf(row)] = row;
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
