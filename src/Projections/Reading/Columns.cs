using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;

namespace Trading.Projections.Reading;

// A row is in memory once ReadAsync has returned: reading its columns waits for nothing.
#pragma warning disable MA0045

/// <summary>Reads columns as the words of the domain.</summary>
internal static class Columns
{
    public static bool IsNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column);

    public static string? Text(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    public static decimal? Number(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetDecimal(column);

    public static DateTimeOffset At(this NpgsqlDataReader reader, int column) =>
        reader.GetFieldValue<DateTimeOffset>(column);

    public static DateTimeOffset? Moment(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.At(column);

    public static byte[]? Bytes(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<byte[]>(column);

    public static T Word<T>(this NpgsqlDataReader reader, int column)
        where T : struct, Enum => Words.Read<T>(reader.GetString(column));

    public static UserKey User(this NpgsqlDataReader reader, int column) => UserKey.Parse(reader.GetString(column));

    public static BrokerEnvironment Environment(this NpgsqlDataReader reader, int column) =>
        reader.Word<BrokerEnvironment>(column);

    /// <summary>A broker's moment: 0 stands for none.</summary>
    public static DateTimeOffset? MomentOf(long unixMilliseconds) =>
        unixMilliseconds == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds);
}
