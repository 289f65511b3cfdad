using System.CommandLine;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.Projections.TimeTravel;
using Trading.Tools.Archive;
using Trading.Tools.Connect;
using Trading.Tools.Events;
using Trading.Tools.Progress;

namespace Trading.Tools.State;

/// <summary>The verb <c>state</c>: how something stood at a moment, and which events made it so.</summary>
internal sealed class StateCommand
{
    private readonly ConnectionOptions _connection = new();
    private readonly ArchiveOption _archive = new();
    private readonly SealedOption _sealed = new();

    private readonly Option<string?> _user = new("--user")
    {
        Description = "This user's account: a user key, a user id, or an e-mail address.",
        HelpName = "user",
    };

    private readonly Option<string?> _account = new("--account")
    {
        Description =
            "This account by its id at the broker; with --user when several users have it. Default: the one current then.",
        HelpName = "id",
    };

    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "This aggregate, for example session-<user key>, feed-demo or operations-accounts.",
        HelpName = "name",
    };

    private readonly Option<string?> _at = new("--at")
    {
        Description = $"The moment: {MomentText.Explained}. Default: now.",
        HelpName = "moment",
    };

    private readonly Option<bool> _why = new("--why")
    {
        Description = "Also the events that last changed the figures, with the broker's own messages.",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "One JSON object. Without it, tables on a terminal and JSON in a pipe.",
    };

    private StateCommand() { }

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new StateCommand();
        var command = new Command(
            "state",
            """
            Shows how an account, or any other aggregate, stood at a moment, and which event made each figure what it is.
            Of a stream: a session or a feed is folded by its own rules, of any other what was said last of each kind.

            The answer is folded from the log by the same rules as the live one, and valued at the last prices that the
            market log had recorded by that moment. Read models and snapshots are not asked. Of an offset, the moment is
            right after that event; of a time, after everything recorded up to it.

            Exit code: 0 shown, 1 shown up to an event that cannot be folded, 2 there was no such thing at that moment, or it could not be read.

            Examples:
              trading-tools state --user=trader@example.com
              trading-tools state --account=5150705
              trading-tools state --user=trader@example.com --at=2026-01-15T12:00:00Z --why
              trading-tools state --user=trader@example.com --at=120044 --json | jq '.account.equity, .why.equity'
              trading-tools state --stream=session-9f86d081884c7d65… --at=5000
              trading-tools state --stream=feed-demo
            """
        );
        foreach (
            var option in new Option[] { verb._user, verb._account, verb._stream, verb._at, verb._why, verb._json }
        )
        {
            command.Options.Add(option);
        }

        verb._archive.AddTo(command);
        verb._sealed.AddTo(command);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var (user, account) = (parsed.GetValue(_user), parsed.GetValue(_account));
        var stream = parsed.GetValue(_stream);
        if ((user ?? account) is null == stream is null)
        {
            throw new ToolException("Say whose account with --user or --account, or which aggregate with --stream.");
        }

        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var logs = await _sealed.OpenAsync(parsed, database, cancellation);
        var at = await MomentText.FindAsync(logs, parsed.GetValue(_at), "--at", cancellation);
        using var line = new ProgressLine("fold", "events", quiet: parsed.GetValue(_json));
        if (stream is not null)
        {
            var name = StreamArgument.Parse(stream);
            await _sealed.MustOpenAsync(parsed, database, logs, name, cancellation);
            var progress = line.Of(await StreamLength.ForAsync(line, logs, name, at.Offset, cancellation));
            var found =
                await StreamState.FindAsync(logs.Journal, name, at, progress, cancellation)
                ?? throw StreamState.None(name, at);
            line.Clear();
            await PrintAsync(found.Write, cancellation);
            return ExitCode.Clean;
        }

        var key = user is null
            ? await UserLookup.OfAccountAsync(logs.Journal, account!, cancellation)
            : await UserLookup.KnownAsync(logs, user, cancellation);
        await _sealed.MustOpenAsync(parsed, database, logs, key, cancellation);
        var session = StreamName.Of("session", key.Value);
        var length = await StreamLength.ForAsync(line, logs, session, at.Offset, cancellation);
        var past = await new AccountHistory(logs.Journal, logs.Journal, _archive.Before(parsed, logs.Market)).FindAsync(
            new(key, account is null ? null : new(account), at) { WithOrders = true, WithTrail = true },
            line.Of(length),
            cancellation
        );
        line.Clear();
        if (past is null)
        {
            throw new ToolException($"There was no such account at offset {at.Offset}.");
        }

        var why = FigureReasons.Of(past);
        var events = parsed.GetValue(_why) ? await EventsAsync(logs, why, cancellation) : [];
        if (parsed.GetValue(_json) || Console.IsOutputRedirected)
        {
            await PrintAsync(writer => AccountStateJson.Write(writer, past, why, events), cancellation);
        }
        else
        {
            AccountStateTables.Show(past, why, events);
        }

        if (past.Parked is null)
        {
            return ExitCode.Clean;
        }

        await Console.Error.WriteLineAsync(past.Parked);
        return ExitCode.Found;
    }

    private static async Task PrintAsync(Action<System.Text.Json.Utf8JsonWriter> write, CancellationToken cancellation)
    {
        await using var stdout = StandardOutput.Open();
        using var output = new LineOutput(stdout);
        write(output.Begin());
        await output.EndAsync(cancellation);
        await output.FlushAsync(cancellation);
    }

    private static async Task<IReadOnlyList<RecordedEvent>> EventsAsync(
        PostgresLogs logs,
        IReadOnlyDictionary<string, Offset> why,
        CancellationToken cancellation
    )
    {
        var events = new List<RecordedEvent>();
        foreach (var offset in why.Values.Distinct().Order())
        {
            if (await logs.Journal.FindAsync(offset, cancellation) is { } recorded)
            {
                events.Add(recorded);
            }
        }

        return events;
    }
}
