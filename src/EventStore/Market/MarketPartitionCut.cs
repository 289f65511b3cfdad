using System.Globalization;
using Npgsql;

namespace Trading.EventStore.Market;

/// <summary>Cuts the newest partition of the market log in two, before its newest record: the older part can go like any other,
/// and the head of the log stays.</summary>
internal static class MarketPartitionCut
{
    // Whoever reads the log is waited for so long; everybody else waits with us meanwhile.
    private const string LockTimeout = "2s";

    /// <summary>Cuts it, in one transaction. Nothing happens while it holds no more than one record.</summary>
    /// <param name="connection">With the owner's role taken.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">Somebody reads the log all the time.</exception>
    public static async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await ExecuteAsync(connection, $"SET LOCAL lock_timeout = '{LockTimeout}'", cancellation);
            await ExecuteAsync(
                connection,
                "SELECT FROM eventstore.market_lock WHERE only_row FOR UPDATE",
                cancellation
            );
            if (await NewestAsync(connection, cancellation) is { } newest)
            {
                await ExecuteAsync(connection, Cut(newest), cancellation);
            }

            await transaction.CommitAsync(cancellation);
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new IOException("Somebody reads the market log all the time. Try again.", busy);
        }
    }

    private static async Task<Newest?> NewestAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT c.relname, h.first_offset, pg_get_expr(c.relpartbound, c.oid)
            FROM (SELECT tableoid AS part, first_offset FROM eventstore.market ORDER BY first_offset DESC LIMIT 1) h
            JOIN pg_class c ON c.oid = h.part
            WHERE EXISTS (SELECT FROM eventstore.market o WHERE o.tableoid = h.part AND o.first_offset < h.first_offset)
            """,
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
        {
            return null;
        }

        // FOR VALUES FROM ('0') TO ('16777216')
        var bounds = reader.GetString(2).Split('\'');
        return new(reader.GetString(0), reader.GetInt64(1), Number(bounds[1]), Number(bounds[3]));
    }

    // Names grow with offsets, for partitions are taken in the order of their names.
    private static string Cut(Newest newest)
    {
        var (old, first, from, to) = newest;
        var place = old[.."market_0123456789".Length];
        var rest = string.Create(CultureInfo.InvariantCulture, $"{place}_{first:D19}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            ALTER TABLE eventstore.market DETACH PARTITION eventstore.{old};
            ALTER TABLE eventstore.{old} DROP CONSTRAINT IF EXISTS bounds;
            CREATE TABLE eventstore.{rest} (LIKE eventstore.market INCLUDING ALL);
            INSERT INTO eventstore.{rest} SELECT * FROM eventstore.{old} WHERE first_offset >= {first};
            DELETE FROM eventstore.{old} WHERE first_offset >= {first};
            ALTER TABLE eventstore.market ATTACH PARTITION eventstore.{old} FOR VALUES FROM ({from}) TO ({first});
            ALTER TABLE eventstore.market ATTACH PARTITION eventstore.{rest} FOR VALUES FROM ({first}) TO ({to});
            GRANT SELECT ON eventstore.{rest} TO {EventStoreSchema.AppRole}, {EventStoreSchema.ReaderRole};
            """
        );
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private sealed record Newest(string Partition, long FirstOffset, long From, long To);
}
