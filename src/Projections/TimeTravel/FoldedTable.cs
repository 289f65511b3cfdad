using System.Text;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Rows;
using Trading.Projections.Running;

namespace Trading.Projections.TimeTravel;

/// <summary>A read model folded in memory.</summary>
internal abstract class FoldedTable
{
    /// <summary>Its name.</summary>
    public abstract string Name { get; }

    /// <summary>Takes in an event of the journal.</summary>
    public virtual void Take(RecordedEvent recorded) { }

    /// <summary>Takes in ticks.</summary>
    public virtual void Take(TickBlock block) { }

    /// <summary>Writes its rows, each with the table's name around it, and gives the hash of the rows alone.</summary>
    public abstract Task<TableHash> WriteAsync(Stream output, CancellationToken cancellation);

    /// <summary>Writes rows in the order of their keys.</summary>
    protected async Task<TableHash> WriteAsync<TRow>(
        Table<TRow> table,
        IEnumerable<TRow> rows,
        IReadOnlyList<string> parked,
        Stream output,
        CancellationToken cancellation
    )
        where TRow : IStamped
    {
        using var lines = new RowLines<TRow>(table);
        var head = Encoding.UTF8.GetBytes($$"""{"table":"{{Name}}","row":""");
        foreach (var row in rows.OrderBy(lines.KeyOf, KeyOrder.Instance))
        {
            var line = lines.Add(row);
            await output.WriteAsync(head, cancellation);
            await output.WriteAsync(line, cancellation);
            await output.WriteAsync("}\n"u8.ToArray(), cancellation);
        }

        return new(Name, lines.Count, lines.Hash(), parked);
    }

    private sealed class KeyOrder : IComparer<string[]>
    {
        public static KeyOrder Instance { get; } = new();

        public int Compare(string[]? x, string[]? y)
        {
            for (var i = 0; i < x!.Length; i++)
            {
                if (string.CompareOrdinal(x[i], y![i]) is var order and not 0)
                {
                    return order;
                }
            }

            return 0;
        }
    }
}

/// <summary>A read model of the journal, by the rules of its projection. A stream with an event that cannot be folded is set
/// aside from there on, as the projection sets it aside.</summary>
internal sealed class FoldedTable<TRow>(JournalProjection<TRow> rules, Table<TRow> table) : FoldedTable
    where TRow : class, IStamped
{
    private readonly Dictionary<RowKey, TRow> _rows = [];
    private readonly Dictionary<StreamName, string> _parked = [];

    public override string Name => rules.Model.Name;

    public override void Take(RecordedEvent recorded)
    {
        if (_parked.ContainsKey(recorded.Stream))
        {
            return;
        }

        try
        {
            if (rules.RouteOf(recorded) is not { } key)
            {
                ForgetIfErased(recorded);
            }
            else if (rules.Fold(_rows.GetValueOrDefault(key), recorded) is { } row)
            {
                _rows[key] = row;
            }
        }
        catch (PoisonException poison)
        {
            _parked.Add(recorded.Stream, $"offset {recorded.Offset} of {recorded.Stream}: {poison.Message}");
        }
    }

    private void ForgetIfErased(RecordedEvent recorded)
    {
        if (!rules.Model.UserOwned || recorded.Type != UserErased.Descriptor.FullName)
        {
            return;
        }

        var user = recorded.UserOf().Value;
        foreach (var key in _rows.Keys.Where(key => key.User == user).ToArray())
        {
            _rows.Remove(key);
        }
    }

    public override Task<TableHash> WriteAsync(Stream output, CancellationToken cancellation) =>
        WriteAsync(table, _rows.Values, [.. _parked.Values], output, cancellation);
}
