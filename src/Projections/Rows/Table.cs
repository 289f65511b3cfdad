using Npgsql;
using NpgsqlTypes;
using Trading.Projections.Reading;

namespace Trading.Projections.Rows;

/// <summary>A row that knows which event last changed it.</summary>
public interface IStamped
{
    /// <summary>That event and the times with it.</summary>
    Stamp Stamp { get; }
}

/// <summary>What names a user's row: the user, and where the model has them, the account and the thing itself.</summary>
internal readonly record struct RowKey(string User, string Account = "", string Id = "");

/// <summary>One column: its name, its type, and where its values come from.</summary>
/// <param name="Name">As in the table.</param>
/// <param name="Type">PostgreSQL's name of the type.</param>
/// <param name="Values">The values of many rows as one array parameter.</param>
internal sealed record Column<TRow>(string Name, string Type, Func<IReadOnlyCollection<TRow>, NpgsqlParameter> Values)
{
    /// <summary>What the table holds of a row that was written, however it was written.</summary>
    public required Func<TRow, object?> Stored { get; init; }

    /// <summary>What becomes of a stored value (<c>t</c>) when the row is written again (<c>excluded</c>).</summary>
    public string Merge { get; init; } = $"excluded.{Name}";
}

/// <summary>A read model's table: how rows are read from it and how many of them are written at once.</summary>
internal sealed class Table<TRow>
    where TRow : IStamped
{
    private readonly IReadOnlyList<string> _keys;
    private readonly IReadOnlyList<Column<TRow>> _columns;

    private readonly string _begins;

    /// <param name="keys">The primary key.</param>
    /// <param name="columns">All columns but those of the stamp, the key's first.</param>
    /// <param name="read">Makes a row of the current record.</param>
    /// <param name="begins">The column with the offset of the first event that a written row takes in.</param>
    public Table(
        IReadOnlyList<string> keys,
        IReadOnlyList<Column<TRow>> columns,
        Func<NpgsqlDataReader, TRow> read,
        string begins = "at_offset"
    )
    {
        _keys = keys;
        _begins = begins;
        _columns =
        [
            .. columns,
            Of("at_offset", "bigint", NpgsqlDbType.Bigint, row => row.Stamp.Offset.Value),
            Of("updated_at", "timestamptz", NpgsqlDbType.TimestampTz, row => row.Stamp.UpdatedAt.UtcDateTime),
        ];
        Read = read;
        SelectList = string.Join(", ", _columns.Select(column => column.Name).Append("written_at"));
    }

    /// <summary>All columns by name, in the order <see cref="Read"/> expects; the stamp comes last.</summary>
    public string SelectList { get; }

    /// <summary>Makes a row of the current record.</summary>
    public Func<NpgsqlDataReader, TRow> Read { get; }

    /// <summary>The primary key.</summary>
    public IReadOnlyList<string> Keys => _keys;

    /// <summary>All columns but the time of writing.</summary>
    public IReadOnlyList<Column<TRow>> Columns => _columns;

    /// <summary>A column.</summary>
    public static Column<TRow> Of<T>(string name, string type, NpgsqlDbType dbType, Func<TRow, T> value) =>
        new(
            name,
            type,
            rows => new NpgsqlParameter<T[]>
            {
                TypedValue = rows.Select(value).ToArray(),
                NpgsqlDbType = NpgsqlDbType.Array | dbType,
            }
        )
        {
            Stored = row => value(row),
        };

    /// <summary>Finds the rows of given keys.</summary>
    public NpgsqlBatchCommand Load(string table, IReadOnlyCollection<RowKey> keys)
    {
        var arrays = string.Join(", ", _keys.Select((_, index) => $"${index + 1}::text[]"));
        var command = new NpgsqlBatchCommand(
            $"select {SelectList} from {table} where ({string.Join(", ", _keys)}) in (select * from unnest({arrays}))"
        );
        Func<RowKey, string>[] parts = [key => key.User, key => key.Account, key => key.Id];
        foreach (var part in parts.Take(_keys.Count))
        {
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = keys.Select(part).ToArray() });
        }

        return command;
    }

    /// <summary>Writes rows. One that has taken in these events already stays as it is.</summary>
    public NpgsqlBatchCommand Upsert(string table, IReadOnlyCollection<TRow> rows)
    {
        var names = string.Join(", ", _columns.Select(column => column.Name));
        var arrays = string.Join(", ", _columns.Select((column, index) => $"${index + 1}::{column.Type}[]"));
        var sets = string.Join(
            ", ",
            _columns.Where(column => !_keys.Contains(column.Name)).Select(column => $"{column.Name} = {column.Merge}")
        );
        var command = new NpgsqlBatchCommand(
            $"""
            insert into {table} as t ({names}) select * from unnest({arrays})
            on conflict ({string.Join(", ", _keys)}) do update set {sets}, written_at = now()
            where t.at_offset < excluded.{_begins}
            """
        );
        foreach (var column in _columns)
        {
            command.Parameters.Add(column.Values(rows));
        }

        return command;
    }
}
