using System.CommandLine;
using System.Globalization;
using Trading.Domain;
using Trading.EventStore;
using Trading.EventStore.Secrets;
using Trading.Tools.Connect;
using Trading.Tools.Events;
using Trading.Tools.Progress;

namespace Trading.Tools.Erase;

/// <summary>The verb <c>erase</c>: a person is forgotten, and the journal stays whole.</summary>
internal sealed class EraseCommand
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly ConnectionOptions _connection = new();

    private readonly Argument<string> _user = new("user")
    {
        Description = "A user id, an e-mail address, or a user key.",
    };

    private readonly Option<bool> _yes = new("--yes")
    {
        Description = "Do it. Without this, only say who it would be.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Say the result as JSON." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new EraseCommand();
        var command = new Command(
            "erase",
            $"""
            Forgets a person. The user's own key is destroyed, and with it everything that was sealed with it becomes
            unreadable for ever, in this database and in every backup and export that does not hold the key: ids, addresses,
            tokens, logins, notes, labels, comments, the broker's own messages. The session is stopped, its snapshots and all
            rows of the read models are deleted, and an event says so. Nothing in the journal is changed: verify finds it
            whole. What stays is the business record under the hashed user key: accounts by number, amounts, trades.

            It cannot be undone. Run it again when it was interrupted. A running service notices by itself within
            {UserErasure.KeysAreForgottenAfter.TotalSeconds:0} seconds; the verb waits for that.

            Role needed: {EventStoreSchema.AppRole} and trading_projector (the service's own login has both).
            Exit code: 0 erased, 1 nobody by that name is known, 2 it could not be done.

            Examples:
              trading-tools erase trader@example.com
              trading-tools erase trader@example.com --yes
            """
        );
        command.Arguments.Add(verb._user);
        command.Options.Add(verb._yes);
        command.Options.Add(verb._json);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        UserKey user;
        await using (var reading = await ReadOnlyLogs.OpenAsync(database, cancellation))
        {
            user = await UserLookup.FindAsync(reading.Journal, parsed.GetValue(_user)!, cancellation);
            if (!await UserLookup.IsKnownAsync(reading, user, cancellation))
            {
                await Console.Error.WriteLineAsync("Nobody by that name is known here.");
                return ExitCode.Found;
            }
        }

        if (!parsed.GetValue(_yes))
        {
            await Console.Error.WriteLineAsync($"This would erase user {user} for ever. Add --yes to do it.");
            return ExitCode.CouldNot;
        }

        await using var login = await Logins.WithAsync(
            database.ConnectionString,
            EventStoreSchema.AppRole,
            cancellation
        );
        await using var logs = await PostgresLogs.OpenAsync(
            database.ConnectionString,
            new() { Migrate = false },
            cancellation: cancellation
        );
        var (erasure, rows) = (new UserErasure(logs, TimeProvider.System), new UserRows(login));
        var (at, hadKey) = await erasure.RunAsync(user, cancellation);
        var deleted = await rows.DeleteAsync(user, cancellation);
        // Until then another process may still fold, keep or show what it opened before.
        await WaitAsync(UserErasure.KeysAreForgottenAfter, parsed.GetValue(_json), cancellation);
        await erasure.ForgetSnapshotsAsync(user, cancellation);
        deleted += await rows.DeleteAsync(user, cancellation);
        await rows.VacuumAsync(cancellation);
        Console.WriteLine(
            parsed.GetValue(_json)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"user":"{{user}}","offset":{{at}},"keyDestroyed":{{(hadKey ? "true" : "false")}},"rowsDeleted":{{deleted}}}"""
                )
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"User {user} is erased (offset {at}): {(hadKey ? "key destroyed" : "there was no key any more")}, {deleted} rows deleted."
                )
        );
        return ExitCode.Clean;
    }

    private static async Task WaitAsync(TimeSpan left, bool quiet, CancellationToken cancellation)
    {
        using var line = new ProgressLine("erase", "seconds", quiet);
        while (left > TimeSpan.Zero)
        {
            line.Say($"running services forget the key, {left:h\\:mm\\:ss} left");
            var step = left < s_second ? left : s_second;
            await Task.Delay(step, TimeProvider.System, cancellation);
            left -= step;
        }
    }
}
