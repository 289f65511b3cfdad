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
    /// <summary>A null leaves the stored value as it is: for large values that seldom change.</summary>
    public bool KeepsWhenNull { get; init; }
}

/// <summary>A read model's table: how rows are read from it and how many of them are written at once.</summary>
internal sealed class Table<TRow>
    where TRow : IStamped
{
    private readonly IReadOnlyList<string> _keys;
    private readonly IReadOnlyList<Column<TRow>> _columns;

    public Table(IReadOnlyList<string> keys, IReadOnlyList<Column<TRow>> columns, Func<NpgsqlDataReader, TRow> read)
    {
        _keys = keys;
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
        );

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

    /// <summary>Writes rows whole. A row that a later event has changed already stays as it is.</summary>
    public NpgsqlBatchCommand Upsert(string table, IReadOnlyCollection<TRow> rows)
    {
        var names = string.Join(", ", _columns.Select(column => column.Name));
        var arrays = string.Join(", ", _columns.Select((column, index) => $"${index + 1}::{column.Type}[]"));
        var sets = string.Join(", ", _columns.Where(column => !_keys.Contains(column.Name)).Select(Set));
        var command = new NpgsqlBatchCommand(
            $"""
            insert into {table} as t ({names}) select * from unnest({arrays})
            on conflict ({string.Join(", ", _keys)}) do update set {sets}, written_at = now()
            where t.at_offset < excluded.at_offset
            """
        );
        foreach (var column in _columns)
        {
            command.Parameters.Add(column.Values(rows));
        }

        return command;
    }

    private static string Set(Column<TRow> column) =>
        column.KeepsWhenNull
            ? $"{column.Name} = coalesce(excluded.{column.Name}, t.{column.Name})"
            : $"{column.Name} = excluded.{column.Name}";
}
