using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Trading.Domain;

namespace Trading.Api.CTrader;

/// <summary>The states of consents under way: random, known to the database only by their hash, bound to the user who began,
/// good once and for ten minutes. Any node may finish what another began.</summary>
internal sealed class OAuthStates(NpgsqlDataSource owner, TimeProvider time)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    // A user who clicks for fun must not fill the table.
    private const int MaxOpen = 20;

    /// <summary>Makes the table, once.</summary>
    public async Task MigrateAsync(CancellationToken cancellation)
    {
        await using var command = owner.CreateCommand(
            """
            select pg_advisory_lock(6300912117);
            create schema if not exists api;
            create table if not exists api.oauth_states (
              state_hash bytea primary key,
              user_key text not null,
              expires_at timestamptz not null
            );
            create index if not exists oauth_states_user on api.oauth_states (user_key, expires_at);
            select pg_advisory_unlock(6300912117);
            """
        );
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Begins a consent; the state to send along.</summary>
    public async Task<string> BeginAsync(UserKey user, CancellationToken cancellation)
    {
        var state = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = time.GetUtcNow().UtcDateTime;
        await using var batch = owner.CreateBatch();
        Add(batch, "delete from api.oauth_states where expires_at < $1", now);
        Add(
            batch,
            """
            delete from api.oauth_states where user_key = $1 and state_hash not in (
              select state_hash from api.oauth_states where user_key = $1 order by expires_at desc limit $2)
            """,
            user.Value,
            MaxOpen - 1
        );
        Add(
            batch,
            "insert into api.oauth_states (state_hash, user_key, expires_at) values ($1, $2, $3)",
            HashOf(state),
            user.Value,
            now + Life
        );
        await batch.ExecuteNonQueryAsync(cancellation);
        return state;
    }

    /// <summary>Uses a state up: the user who began, or null when it is unknown, too old or was used before.</summary>
    /// <param name="state">The state.</param>
    /// <param name="beginner">Who alone may use it up; null for whoever has it.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<UserKey?> FinishAsync(string state, UserKey? beginner, CancellationToken cancellation)
    {
        await using var command = owner.CreateCommand(
            """
            delete from api.oauth_states where state_hash = $1 and ($2::text is null or user_key = $2)
            returning user_key, expires_at
            """
        );
        command.Parameters.Add(new() { Value = HashOf(state) });
        command.Parameters.Add(new() { Value = (object?)beginner?.Value ?? DBNull.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
        {
            return null;
        }

        var expiresAt = await reader.GetFieldValueAsync<DateTime>(1, cancellation);
        return expiresAt >= time.GetUtcNow().UtcDateTime ? UserKey.Parse(reader.GetString(0)) : null;
    }

    private static byte[] HashOf(string state) => SHA256.HashData(Encoding.UTF8.GetBytes(state));

    private static void Add(NpgsqlBatch batch, string sql, params object[] values)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = sql;
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        batch.BatchCommands.Add(command);
    }
}
