using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.EventStore;
using Trading.Projections.Running;
using Trading.Projections.TimeTravel;
using Trading.Tools.Archive;
using Trading.Tools.Connect;
using Trading.Tools.Events;
using Trading.Tools.Progress;
using Trading.Tools.State;

namespace Trading.Tools.Replay;

/// <summary>The verb <c>replay</c>: folds the logs again, or plays them to a frontend.</summary>
internal sealed class ReplayCommand
{
    private readonly ConnectionOptions _connection = new();
    private readonly ArchiveOption _archive = new();
    private readonly SealedOption _sealed = new();

    private readonly Option<string?> _from = new("--from")
    {
        Description = $"Only what came after this moment: {MomentText.Explained}.",
        HelpName = "moment",
    };

    private readonly Option<string?> _to = new("--to")
    {
        Description = "Only what had come at this moment. Default: now.",
        HelpName = "moment",
    };

    private readonly Option<string?> _user = new("--user")
    {
        Description =
            "Only this user's events: a user key, a user id, or an e-mail address. Played, the account that "
            + "/ws/account shows.",
        HelpName = "user",
    };

    private readonly Option<string[]> _only = new("--only")
    {
        Description = $"Only this read model; may be given several times: {string.Join(", ", LogReplay.Tables)}.",
        HelpName = "table",
    };

    private readonly Option<string?> _into = new("--into")
    {
        Description =
            "Npgsql connection string of an empty database to fold into, with a login that may make roles there.",
        HelpName = "string",
    };

    private readonly Option<int?> _listen = new("--listen")
    {
        Description = "Play to WebSocket clients on this port of this machine (0: any free one).",
        HelpName = "port",
        CustomParser = given => NumberText.Read(given, 0, 65_535, "--listen is a port, 0 to 65535"),
    };

    private readonly Option<decimal> _speed = new("--speed")
    {
        Description = "With --listen: 1 plays in recorded time, 10 ten times as fast, 0 as fast as clients take it.",
        HelpName = "factor",
        DefaultValueFactory = _ => 1,
        CustomParser = ReadSpeed,
    };

    private readonly Option<string?> _feed = new("--feed")
    {
        Description =
            "With --listen: whose prices, demo or live. Default: those of the user's account, otherwise demo.",
        HelpName = "environment",
    };

    private readonly Option<string[]> _origin = new("--origin")
    {
        Description = "With --listen: a web page from here may connect too; pages of this machine may in any case.",
        HelpName = "url",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "One JSON object a line for the hashes too. In a pipe it is so in any case.",
    };

    private ReplayCommand()
    {
        _only.AcceptOnlyFromAmong([.. LogReplay.Tables]);
        _feed.AcceptOnlyFromAmong("demo", "live");
    }

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new ReplayCommand();
        var command = new Command(
            "replay",
            """
            Folds the logs, or a part of them, into read models again, by the same rules as the live ones. Rows go to
            standard output, one JSON object a line, or with --into to an empty database. At the end stands the SHA-256 of
            each table: the same log gives the same bytes every time, here and there.

            With --listen nothing is folded: the log is played in recorded time to WebSocket clients on this machine, with
            the very messages of the live sockets (docs/websocket.md): /ws and /ws/prices/EURUSD, with --user /ws/account
            too. It begins when the first client has connected.

            The source is only read. Exit code: 0 done, 1 done but streams could not be folded (each is named), 2 not done.

            Examples:
              trading-tools replay | tail -9
              trading-tools replay --only=accounts --to=2026-01-15T12:00:00Z | jq .row.balance
              trading-tools replay --into="Host=127.0.0.1;Database=yesterday;Username=postgres"
              trading-tools replay --user=trader@example.com --from=2026-01-15T08:00 --to=2026-01-15T18:00 \
                --listen=9000 --speed=10
            """
        );
        foreach (
            var option in new Option[]
            {
                verb._from,
                verb._to,
                verb._user,
                verb._only,
                verb._into,
                verb._listen,
                verb._speed,
                verb._feed,
                verb._origin,
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
        var (into, listen) = (parsed.GetValue(_into), parsed.GetValue(_listen));
        if (into is not null && listen is not null)
        {
            throw new ToolException("Either --into a database or --listen for clients, not both.");
        }

        Option[] others = listen is null ? [_speed, _feed, _origin] : [_only];
        if (Array.Find(others, option => parsed.GetResult(option) is { Implicit: false }) is { } idle)
        {
            throw new ToolException(
                listen is null
                    ? $"{idle.Name} says how the log is played: give --listen=PORT too, where clients watch it."
                    : $"{idle.Name} says what is folded, and with --listen nothing is."
            );
        }

        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var logs = await _sealed.OpenAsync(parsed, database, cancellation);
        var part = await PartAsync(parsed, logs, cancellation);
        // Prices are of no user.
        var folds = listen is null
            ? part.Only.Count == 0 || part.Only.Except(LogReplay.OfMarket, StringComparer.Ordinal).Any()
            : part.User is not null;
        if (folds)
        {
            await _sealed.MustOpenAsync(parsed, database, logs, part.User, cancellation);
        }

        if (listen is { } port)
        {
            await PlayAsync(parsed, logs, part, port, cancellation);
            return ExitCode.Clean;
        }

        var replay = new LogReplay(logs.Journal, _archive.LogBefore(parsed, logs.Market), TimeProvider.System);
        await using var stdout = StandardOutput.Open();
        IReadOnlyList<TableHash> hashes;
        using (var line = new ProgressLine("replay", "events", quiet: parsed.GetValue(_json)))
        {
            var progress = line.Of(part.Length);
            hashes = into is null
                ? await WriteAsync(replay, part, stdout, progress, cancellation)
                : await IntoAsync(replay, part, into, progress, cancellation);
        }

        if (into is null || parsed.GetValue(_json) || Console.IsOutputRedirected)
        {
            await ReplayHashes.WriteAsync(stdout, hashes, cancellation);
        }
        else
        {
            ReplayHashes.Show(hashes);
        }

        foreach (var parked in hashes.SelectMany(table => table.Parked.Select(why => $"{table.Table}: {why}")))
        {
            await Console.Error.WriteLineAsync(parked);
        }

        return hashes.All(table => table.Parked.Count == 0) ? ExitCode.Clean : ExitCode.Found;
    }

    private static async Task<IReadOnlyList<TableHash>> WriteAsync(
        LogReplay replay,
        ReplayPart part,
        Stream stdout,
        IProgress<long> progress,
        CancellationToken cancellation
    )
    {
        // Closing the buffer would close standard output with it.
        var buffered = new BufferedStream(stdout, 64 * 1024);
        var hashes = await replay.WriteAsync(part, buffered, progress, cancellation);
        await buffered.FlushAsync(cancellation);
        return hashes;
    }

    private static async Task<IReadOnlyList<TableHash>> IntoAsync(
        LogReplay replay,
        ReplayPart part,
        string into,
        IProgress<long> progress,
        CancellationToken cancellation
    )
    {
        try
        {
            return await replay.IntoAsync(part, into, NullLogger<ProjectionSet>.Instance, progress, cancellation);
        }
        catch (Exception refused) when (refused is ReplayTargetException or ArgumentException)
        {
            throw new ToolException($"--into: {refused.Message}");
        }
    }

    private async Task<ReplayPart> PartAsync(ParseResult parsed, PostgresLogs logs, CancellationToken cancellation)
    {
        var to = await MomentText.FindAsync(logs, parsed.GetValue(_to), "--to", cancellation);
        var part = new ReplayPart
        {
            UpTo = new(to.Offset),
            TicksUpTo = await _archive.Before(parsed, logs.Market).OffsetAtAsync(to.Time, cancellation),
            Only = parsed.GetValue(_only) ?? [],
            User = parsed.GetValue(_user) is { } user ? await UserLookup.KnownAsync(logs, user, cancellation) : null,
        };
        if (parsed.GetValue(_from) is null)
        {
            return part;
        }

        var from = await MomentText.FindAsync(logs, parsed.GetValue(_from), "--from", cancellation);
        return from.Offset <= to.Offset
            ? part with
            {
                After = new(from.Offset),
                TicksAfter = await _archive.Before(parsed, logs.Market).OffsetAtAsync(from.Time, cancellation),
            }
            : throw new ToolException($"--from (offset {from.Offset}) lies after --to (offset {to.Offset}).");
    }

    private async Task PlayAsync(
        ParseResult parsed,
        PostgresLogs logs,
        ReplayPart part,
        int port,
        CancellationToken cancellation
    )
    {
        var stage = await Stage.SetAsync(logs, part, parsed.GetValue(_feed), cancellation);
        await using var server = await ReplayServer.StartAsync(
            stage,
            port,
            parsed.GetValue(_origin) ?? [],
            cancellation
        );
        await Console.Error.WriteLineAsync(
            $"Playing offsets {part.After.Plus(1)} to {part.UpTo} on ws://127.0.0.1:{server.Port}/ws"
                + (part.User is null ? "" : $" and ws://127.0.0.1:{server.Port}/ws/account")
                + ": beginning with the first client."
        );
        await stage.FirstClient.WaitAsync(cancellation);
        await new Player(logs.Journal, _archive.LogBefore(parsed, logs.Market), TimeProvider.System).PlayAsync(
            part,
            parsed.GetValue(_speed),
            stage.PlayAsync,
            cancellation
        );
        await server.EndAsync(cancellation);
    }

    private static decimal ReadSpeed(ArgumentResult given)
    {
        const string rule = "--speed is 0 or a number from 0.001 to 1000000";
        var speed = NumberText.Read(given, 0m, 1_000_000m, rule);
        if (speed is > 0 and < 0.001m)
        {
            given.AddError($"{rule}: not '{given.Tokens[0].Value}'.");
        }

        return speed;
    }
}
