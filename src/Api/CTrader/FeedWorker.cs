using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Trading.Api.Configuration;
using Trading.Brokers.CTrader;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Sessions;
using Trading.EventStore;

namespace Trading.Api.CTrader;

/// <summary>Grants and starts the configured price source at boot. A token that was granted before is not granted again: the
/// session may have renewed it since, and the configured one is then spent.</summary>
internal sealed class FeedWorker(
    ServiceSettings settings,
    Granting granting,
    SessionDesk desk,
    GrantedTokens granted,
    TimeProvider time,
    ILogger<FeedWorker> logger
) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>The user id under which a configured feed's session runs.</summary>
    public static string UserIdOf(BrokerEnvironment environment) =>
        environment == BrokerEnvironment.Live ? "feed-live" : "feed-demo";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.CTrader.Feed is not { } feed)
        {
            return;
        }

        var id = UserIdOf(feed.Environment);
        var user = UserKey.Of(id);
        while (await TryStartAsync(feed, user, id, stoppingToken) is { } problem)
        {
            Log.FeedNotStarted(logger, problem);
            await Task.Delay(Pause, time, stoppingToken);
        }
    }

    // An exception that leaves a worker ends the whole service; a database that is away for a moment must not.
    private async Task<string?> TryStartAsync(
        ConfiguredFeed feed,
        UserKey user,
        string id,
        CancellationToken cancellation
    )
    {
        try
        {
            return (await StartAsync(feed, user, id, cancellation))?.Error.Detail;
        }
        catch (Exception away) when (away is DbException or LogUnavailableException)
        {
            return away.Message;
        }
    }

    private async Task<ErrorResult?> StartAsync(
        ConfiguredFeed feed,
        UserKey user,
        string id,
        CancellationToken cancellation
    )
    {
        if (await granted.IsKnownAsync(user, feed.AccessToken, cancellation))
        {
            var start = new SessionCommand.Start(user, "configuration") { At = time.GetUtcNow() };
            return await desk.SendAsync(user, start, cancellation);
        }

        var account = new GrantedAccount { AccountId = feed.AccountId, Environment = feed.Environment };
        var refusal =
            await granting.IdentifyAsync(user, id, null, cancellation)
            ?? await granting.GrantAsync(
                user,
                new(feed.AccessToken, feed.RefreshToken, null),
                new GrantOutcome.Listed("view", [account]),
                "configuration",
                cancellation
            );
        if (refusal is null)
        {
            await granted.KeepAsync(user, feed.AccessToken, cancellation);
        }

        return refusal;
    }
}

/// <summary>Remembers, by hash, which configured token was granted last.</summary>
internal sealed class GrantedTokens(NpgsqlDataSource owner)
{
    /// <summary>Makes the table, once.</summary>
    public async Task MigrateAsync(CancellationToken cancellation)
    {
        await using var command = owner.CreateCommand(
            """
            create schema if not exists api;
            create table if not exists api.granted_tokens (user_key text primary key, token_hash bytea not null);
            """
        );
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>True when this token was granted last.</summary>
    public async Task<bool> IsKnownAsync(UserKey user, string token, CancellationToken cancellation)
    {
        await using var command = owner.CreateCommand("select token_hash from api.granted_tokens where user_key = $1");
        command.Parameters.Add(new() { Value = user.Value });
        return await command.ExecuteScalarAsync(cancellation) is byte[] hash
            && hash.AsSpan().SequenceEqual(HashOf(token));
    }

    /// <summary>States that this token was granted last.</summary>
    public async Task KeepAsync(UserKey user, string token, CancellationToken cancellation)
    {
        await using var command = owner.CreateCommand(
            """
            insert into api.granted_tokens (user_key, token_hash) values ($1, $2)
            on conflict (user_key) do update set token_hash = excluded.token_hash
            """
        );
        command.Parameters.Add(new() { Value = user.Value });
        command.Parameters.Add(new() { Value = HashOf(token) });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
