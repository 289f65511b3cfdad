using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.EventStore.Secrets;

/// <summary>Makes all that was sealed for a user unreadable for ever and forgets the user's folded states. The journal stays
/// whole: nothing in it is changed, and an event says that the user was erased. Done twice, it does no harm.</summary>
/// <param name="logs">Opened with the right to append.</param>
/// <param name="time">When it happens.</param>
public sealed class UserErasure(PostgresLogs logs, TimeProvider time)
{
    private const string Reason = "the user was erased";

    /// <summary>How long another process may still hold a destroyed key in its memory.</summary>
    public static TimeSpan KeysAreForgottenAfter => UserKeys.Lifetime;

    /// <summary>Erases a user from the logs, keys and snapshots. Read models are the caller's.</summary>
    /// <returns>Where the event stands, and whether the user had a key.</returns>
    /// <exception cref="LogUnavailableException">The database went away; to be done again.</exception>
    public async Task<(Offset At, bool HadKey)> RunAsync(UserKey user, CancellationToken cancellation)
    {
        var hadKey = await DestroyKeyAsync(user, cancellation);
        // Whoever owns the session meets a conflict with its next write, and does nothing more for a user who is no more.
        var outcome = await logs.Journal.AppendAsync(Request(user), cancellation);
        // What it wrote in between was sealed with a key made anew for it.
        hadKey |= await DestroyKeyAsync(user, cancellation);
        await ForgetSnapshotsAsync(user, cancellation);
        return outcome is AppendOutcome.Appended appended
            ? (appended.Last, hadKey)
            : throw new InvalidOperationException($"What nobody competes for was answered with {outcome}.");
    }

    /// <summary>Deletes the user's folded states once more: who was at work may have kept one meanwhile.</summary>
    public async Task<int> ForgetSnapshotsAsync(UserKey user, CancellationToken cancellation)
    {
        await using var command = logs.Reader.CreateCommand(
            "DELETE FROM eventstore.snapshot WHERE strpos(persistence_id, $1) > 0"
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = user.Value });
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<bool> DestroyKeyAsync(UserKey user, CancellationToken cancellation)
    {
        await using var command = logs.Reader.CreateCommand("DELETE FROM eventstore.user_key WHERE user_key = $1");
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Convert.FromHexString(user.Value) });
        var existed = await command.ExecuteNonQueryAsync(cancellation) > 0;
        logs.ForgetKey(user);
        return existed;
    }

    // Stopped and revoked as well, so that whoever folds sessions alone knows what it means.
    private AppendRequest Request(UserKey user)
    {
        var now = time.GetUtcNow();
        var correlation = EventId.New(now).Value;
        return new()
        {
            Stream = StreamName.Of("session", user.Value),
            ExpectedVersion = null,
            Events =
            [
                EventEnvelope.Of(new SessionStopped { Reason = Reason }, now, user, correlation),
                EventEnvelope.Of(new CredentialsRevoked { Reason = Reason }, now, user, correlation),
                EventEnvelope.Of(new UserErased { UserKey = user.Value }, now, user, correlation),
            ],
        };
    }
}
