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
    private const int MostTries = 5;

    /// <summary>How long another process may still hold a destroyed key in its memory.</summary>
    public static TimeSpan KeysAreForgottenAfter => UserKeys.Lifetime;

    /// <summary>Erases a user from the logs, keys and snapshots. Read models are the caller's.</summary>
    /// <returns>Where the event stands, and whether the user had a key.</returns>
    /// <exception cref="LogUnavailableException">The database went away; to be done again.</exception>
    public async Task<(Offset At, bool HadKey)> RunAsync(UserKey user, CancellationToken cancellation)
    {
        var stream = StreamName.Of("session", user.Value);
        for (var attempt = 1; ; attempt++)
        {
            // Whoever owns the session is fenced off first: it must not go on for a user who is no more.
            var claim = await logs.Journal.ClaimAsync(stream, cancellation);
            await using var source = logs.Reader.CreateCommand("DELETE FROM eventstore.user_key WHERE user_key = $1");
            source.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Convert.FromHexString(user.Value) });
            var hadKey = await source.ExecuteNonQueryAsync(cancellation) > 0;
            logs.ForgetKey(user);
            var outcome = await logs.Journal.AppendAsync(Request(stream, user, claim.Epoch), cancellation);
            await ForgetSnapshotsAsync(user, cancellation);
            if (outcome is AppendOutcome.Appended appended)
            {
                return (appended.Last, hadKey);
            }

            // A successor of the fenced owner came in between.
            if (attempt == MostTries)
            {
                throw new InvalidOperationException($"The session was claimed by others again and again: {outcome}.");
            }
        }
    }

    /// <summary>Deletes the user's folded states once more: who was at work may have kept one meanwhile.</summary>
    public async Task<int> ForgetSnapshotsAsync(UserKey user, CancellationToken cancellation)
    {
        await using var command = logs.Reader.CreateCommand(
            """
            WITH former AS (DELETE FROM eventstore.former_snapshot WHERE strpos(stream, $1) > 0)
            DELETE FROM eventstore.snapshot WHERE strpos(persistence_id, $1) > 0
            """
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = user.Value });
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    // Stopped and revoked as well, so that whoever folds sessions alone knows what it means.
    private AppendRequest Request(StreamName stream, UserKey user, Epoch epoch)
    {
        var now = time.GetUtcNow();
        var correlation = EventId.New(now).Value;
        return new()
        {
            Stream = stream,
            ExpectedVersion = null,
            Epoch = epoch,
            Events =
            [
                EventEnvelope.Of(new SessionStopped { Reason = Reason }, now, user, correlation),
                EventEnvelope.Of(new CredentialsRevoked { Reason = Reason }, now, user, correlation),
                EventEnvelope.Of(new UserErased { UserKey = user.Value }, now, user, correlation),
            ],
        };
    }
}
