using System.CommandLine;
using Trading.Domain;
using Trading.EventStore;
using Trading.Tools.Archive;
using Trading.Tools.Connect;
using Trading.Tools.Events;
using Trading.Tools.Progress;
using Trading.Tools.State;

namespace Trading.Tools.Diff;

/// <summary>The verb <c>diff</c>: what became of an account, or any other aggregate, between two moments, event by event.</summary>
internal sealed class DiffCommand
{
    private readonly ConnectionOptions _connection = new();
    private readonly ArchiveOption _archive = new();
    private readonly SealedOption _sealed = new();

    private readonly Option<string?> _user = new("--user")
    {
        Description = "Whose account: a user key, a user id, or an e-mail address.",
        HelpName = "user",
    };

    private readonly Option<string?> _account = new("--account")
    {
        Description =
            "This account by its id at the broker; with --user when several users have it. Default: the one current at --to.",
        HelpName = "id",
    };

    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "This aggregate, for example session-<user key>, feed-demo or operations-accounts.",
        HelpName = "name",
    };

    private readonly Option<string> _from = new("--from")
    {
        Description = $"The first moment: {MomentText.Explained}.",
        HelpName = "moment",
        Required = true,
    };

    private readonly Option<string?> _to = new("--to")
    {
        Description = "The second moment, not before the first. Default: now.",
        HelpName = "moment",
    };

    private readonly Option<bool> _all = new("--all") { Description = "Also the events that changed no figure." };

    private readonly Option<bool> _why = new("--why")
    {
        Description = "Each event whole, with the broker's own message.",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "One JSON object a line: the events, then the summary. In a pipe it is so in any case.",
    };

    private DiffCommand() { }

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new DiffCommand();
        var command = new Command(
            "diff",
            """
            Shows what changed of an account between two moments: every event with the figures before and after it, then a
            summary with both ends valued at the prices of their time, and how much of the change of equity came from
            events and how much from prices. Of any other aggregate, by its stream: the fields of what 'state' shows.

            Exit code: 0 nothing changed, 1 something did, 2 it could not be told.

            Examples:
              trading-tools diff --user=trader@example.com --from=2026-01-15 --to=2026-01-16
              trading-tools diff --user=trader@example.com --from=120000 --to=120044 --why
              trading-tools diff --user=trader@example.com --from=0 --json | jq 'select(.changes.balance)'
              trading-tools diff --stream=feed-demo --from=2026-01-15 --to=2026-01-16
            """
        );
        foreach (
            var option in new Option[]
            {
                verb._user,
                verb._account,
                verb._stream,
                verb._from,
                verb._to,
                verb._all,
                verb._why,
                verb._json,
            }
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
        if ((parsed.GetValue(_user) ?? parsed.GetValue(_account)) is null == parsed.GetValue(_stream) is null)
        {
            throw new ToolException("Say whose account with --user or --account, or which aggregate with --stream.");
        }

        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var logs = await _sealed.OpenAsync(parsed, database, cancellation);
        using var line = new ProgressLine("fold", "events", quiet: parsed.GetValue(_json));
        var difference = await FindAsync(parsed, database, logs, line, cancellation);
        await using var stdout = StandardOutput.Open();
        using var output = new LineOutput(stdout);
        IDiffReport report =
            parsed.GetValue(_json) || Console.IsOutputRedirected
                ? new DiffLines(output, parsed.GetValue(_why))
                : new DiffText(parsed.GetValue(_why));
        await foreach (var step in difference.StepsAsync(cancellation))
        {
            if (step.Changes.Count > 0 || parsed.GetValue(_all))
            {
                line.Clear();
                await report.TellAsync(step, cancellation);
            }
        }

        line.Clear();
        await report.EndAsync(difference.Total, cancellation);
        return difference.Total.Changes.Count == 0 ? ExitCode.Clean : ExitCode.Found;
    }

    private async Task<IDifference> FindAsync(
        ParseResult parsed,
        OpenedDatabase database,
        PostgresLogs logs,
        ProgressLine line,
        CancellationToken cancellation
    )
    {
        var from = await MomentText.FindAsync(logs, parsed.GetValue(_from), "--from", cancellation);
        var to = await MomentText.FindAsync(logs, parsed.GetValue(_to), "--to", cancellation);
        if (from.Offset > to.Offset || from.Time > to.Time)
        {
            throw new ToolException($"--from (offset {from.Offset}) lies after --to (offset {to.Offset}).");
        }

        if (parsed.GetValue(_stream) is { } stream)
        {
            var name = StreamArgument.Parse(stream);
            await _sealed.MustOpenAsync(parsed, database, logs, name, cancellation);
            return await StreamDiff.FindAsync(logs, name, from, to, line, cancellation);
        }

        var account = parsed.GetValue(_account);
        var user = parsed.GetValue(_user) is { } named
            ? await UserLookup.KnownAsync(logs, named, cancellation)
            : await UserLookup.OfAccountAsync(logs.Journal, account!, cancellation);
        await _sealed.MustOpenAsync(parsed, database, logs, user, cancellation);

        return await AccountDiff.FindAsync(
            logs,
            new(logs.Journal, logs.Journal, _archive.Before(parsed, logs.Market)),
            user,
            account is null ? null : new AccountId(account),
            from,
            to,
            line,
            cancellation
        );
    }
}
