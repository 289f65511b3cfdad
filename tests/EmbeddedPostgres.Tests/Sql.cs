using System.Globalization;
using Npgsql;

namespace Trading.EmbeddedPostgres.Tests;

internal static class Sql
{
    public static async Task RunAsync(string connectionString, string sql) => await AskAsync(connectionString, sql);

    public static async Task<string?> AskAsync(string connectionString, string sql)
    {
        var address = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
