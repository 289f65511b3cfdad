using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Trading.EventStore;

/// <summary>The tables, functions and roles of the logs, made by numbered migrations: each applied once, in order, by the
/// owner, under a lock.</summary>
public static class EventStoreSchema
{
    /// <summary>Owns everything; used for migrations only.</summary>
    public const string OwnerRole = "trading_owner";

    /// <summary>May append and read; may change nothing in the logs.</summary>
    public const string AppRole = "trading_app";

    /// <summary>May read the logs.</summary>
    public const string ReaderRole = "trading_reader";

    /// <summary>The migrations of this program, in order.</summary>
    public static IReadOnlyList<KnownMigration> Known =>
        [.. Migration.All().Select(migration => new KnownMigration(migration.Number, migration.Name, migration.Hash))];

    // Any number that nobody else locks: "trading" in ASCII.
    private const long MigrationLock = 0x74726164696E67;

    /// <summary>Brings the schema up to date. The login must be able to create roles and schemas, or the roles must exist, be
    /// granted to it, and the schema <c>eventstore</c> belong to the owner role.</summary>
    /// <exception cref="InvalidOperationException">An applied migration differs from this program's, or the database is newer.</exception>
    /// <exception cref="PostgresException">The login lacks a right.</exception>
    public static async Task MigrateAsync(
        NpgsqlDataSource login,
        ILogger? logger = null,
        CancellationToken cancellation = default
    )
    {
        await EnsureRolesAsync(login, cancellation);
        await using var connection = await login.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({MigrationLock})", cancellation);
        await ExecuteAsync(connection, CreateSchema, cancellation);
        await ExecuteAsync(connection, $"SET LOCAL ROLE {OwnerRole}", cancellation);
        await ExecuteAsync(connection, CreateMigrationTable, cancellation);
        var applied = await AppliedAsync(connection, cancellation);
        var known = Migration.All();
        foreach (var (number, hash) in applied)
        {
            if (known.FirstOrDefault(m => m.Number == number) is not { } migration)
            {
                throw new InvalidOperationException(
                    $"The event store's database is at migration {number}, which this program does not know: it is newer."
                );
            }

            if (!migration.Hash.AsSpan().SequenceEqual(hash))
            {
                throw new InvalidOperationException($"Migration {migration.Name} was changed after it was applied.");
            }
        }

        foreach (var migration in known.Where(m => !applied.ContainsKey(m.Number)))
        {
            await ExecuteAsync(connection, migration.Text, cancellation);
            await using var note = new NpgsqlCommand(
                "INSERT INTO eventstore.migration (number, name, hash) VALUES ($1, $2, $3)",
                connection
            )
            {
                Parameters =
                {
                    new() { Value = migration.Number },
                    new() { Value = migration.Name },
                    new() { Value = migration.Hash },
                },
            };
            await note.ExecuteNonQueryAsync(cancellation);
            (logger ?? NullLogger.Instance).MigrationApplied(migration.Number, migration.Name);
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Makes the roles that are missing and grants them to the login. Roles belong to the cluster: another database's
    /// migration may be making them at the same moment. To be called before a dump is restored into a new cluster.</summary>
    public static async Task EnsureRolesAsync(NpgsqlDataSource login, CancellationToken cancellation = default)
    {
        await using var connection = await login.OpenConnectionAsync(cancellation);
        foreach (var role in (string[])[OwnerRole, AppRole, ReaderRole])
        {
            await ExecuteAsync(connection, CreateRole(role), cancellation);
        }
    }

    private const string CreateSchema = $"""
        DO $$
        BEGIN
          IF to_regnamespace('eventstore') IS NULL THEN
            CREATE SCHEMA eventstore AUTHORIZATION {OwnerRole};
          END IF;
        END
        $$
        """;

    private const string CreateMigrationTable = """
        CREATE TABLE IF NOT EXISTS eventstore.migration (
          number int PRIMARY KEY,
          name text NOT NULL,
          hash bytea NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """;

    // Two databases may race for a role: the loser sees that the winner made it, and two grants of one role may collide.
    private static string CreateRole(string role) =>
        $"""
            DO $$
            BEGIN
              IF to_regrole('{role}') IS NULL THEN
                BEGIN
                  CREATE ROLE {role} NOLOGIN;
                EXCEPTION WHEN duplicate_object OR unique_violation THEN
                  NULL;
                END;
              END IF;
              FOR attempt IN 1 .. 10 LOOP
                BEGIN
                  IF NOT EXISTS (
                    SELECT FROM pg_auth_members m
                    WHERE m.roleid = to_regrole('{role}')::oid AND m.member = session_user::regrole::oid
                  ) THEN
                    EXECUTE format('GRANT {role} TO %I', session_user);
                  END IF;
                  EXIT;
                EXCEPTION WHEN unique_violation OR internal_error THEN
                  IF attempt = 10 THEN RAISE; END IF;
                END;
              END LOOP;
            END
            $$
            """;

    private static async Task<Dictionary<int, byte[]>> AppliedAsync(
        NpgsqlConnection connection,
        CancellationToken cancellation
    )
    {
        var applied = new Dictionary<int, byte[]>();
        await using var command = new NpgsqlCommand("SELECT number, hash FROM eventstore.migration", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            applied.Add(reader.GetInt32(0), await reader.GetFieldValueAsync<byte[]>(1, cancellation));
        }

        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private sealed record Migration(int Number, string Name, string Text)
    {
        public byte[] Hash { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Text));

        public static IReadOnlyList<Migration> All()
        {
            var assembly = typeof(EventStoreSchema).Assembly;
            return
            [
                .. assembly
                    .GetManifestResourceNames()
                    .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
                    .Order(StringComparer.Ordinal)
                    .Select(name => new Migration(int.Parse(name[..3]), name, Read(assembly, name))),
            ];
        }

        private static string Read(Assembly assembly, string name)
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd().ReplaceLineEndings("\n");
        }
    }
}

/// <summary>A migration that this program knows.</summary>
/// <param name="Number">From 1; they are applied in this order.</param>
/// <param name="Name">Its file.</param>
/// <param name="Hash">SHA-256 of its text: an applied one with another hash belongs to another program.</param>
public sealed record KnownMigration(int Number, string Name, byte[] Hash);
