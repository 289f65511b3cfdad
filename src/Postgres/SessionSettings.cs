using System.Globalization;

namespace Trading.Postgres;

/// <summary>What every session of a pool is like. Stated in SQL once a connection is made, for between us and the server there may
/// be a pooler, which takes no options at connecting.</summary>
public sealed record SessionSettings
{
    /// <summary>The role put on; null for the login itself.</summary>
    public string? Role { get; init; }

    /// <summary>Server parameters by name.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Only reads: a standby will do, and nothing can be written by mistake.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>A time as server parameters take it.</summary>
    public static string Milliseconds(TimeSpan time) =>
        ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>The statements; empty when there is nothing to state.</summary>
    internal string Sql
    {
        get
        {
            var parameters = ReadOnly ? Parameters.Append(new("default_transaction_read_only", "on")) : Parameters;
            var statements = parameters.Select(one => $"SET {one.Key} = {Quoted(one.Value)}");
            // Last: a role may be allowed less than the login.
            return string.Join("; ", Role is { } role ? statements.Append($"SET ROLE {Quoted(role)}") : statements);
        }
    }

    private static string Quoted(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
