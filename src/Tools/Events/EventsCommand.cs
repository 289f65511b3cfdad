using System.CommandLine;
using System.CommandLine.Parsing;
using Trading.Configuration;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.Tools.Archive;
using Trading.Tools.Connect;
using Trading.Tools.State;

namespace Trading.Tools.Events;

/// <summary>The verb <c>events</c>: what a log holds, one JSON object a line.</summary>
internal sealed class EventsCommand
{
    private const string Journal = "journal";
    private const string Market = "market";

    private readonly ConnectionOptions _connection = new();
    private readonly ArchiveOption _archive = new();

    private readonly Option<string> _log = new("--log")
    {
        Description = "journal: business events. market: ticks.",
        DefaultValueFactory = _ => Journal,
    };

    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "Only this stream, for example session-<user key>.",
        HelpName = "name",
    };

    private readonly Option<string[]> _type = new("--type")
    {
        Description =
            "Only these events (docs/events.md); short or full name; may be given several times. Journal only.",
        HelpName = "event",
    };

    private readonly Option<string?> _user = new("--user")
    {
        Description = "Only events about this user: a user key, a user id, or an e-mail address. Journal only.",
        HelpName = "user",
    };

    private readonly Option<string?> _symbol = new("--symbol")
    {
        Description = "Only this symbol, for example EURUSD: as the broker lists it, or as people write it (eur/usd).",
        HelpName = "symbol",
    };

    private readonly Option<long> _from = new("--from")
    {
        Description = "First offset.",
        HelpName = "offset",
        DefaultValueFactory = _ => 1,
        CustomParser = given => FromOne(given, "--from"),
    };

    private readonly Option<long?> _to = new("--to")
    {
        Description = "Last offset.",
        HelpName = "offset",
        CustomParser = given => FromOne(given, "--to"),
    };

    private readonly Option<string?> _since = new("--since")
    {
        Description = "Only what was recorded at this time or later: ISO 8601, UTC when it names no zone.",
        HelpName = "time",
    };

    private readonly Option<string?> _until = new("--until")
    {
        Description = "Only what was recorded at this time or before.",
        HelpName = "time",
    };

    private readonly Option<long?> _limit = new("--limit")
    {
        Description = "Print at most so many.",
        HelpName = "count",
        CustomParser = given => FromOne(given, "--limit"),
    };

    private readonly Option<bool> _follow = new("--follow")
    {
        Description = "Go on with each new event as it is committed, until Ctrl-C.",
    };

    private readonly Option<bool> _withoutSource = new("--without-source")
    {
        Description = "Leave out the broker's own messages.",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "One JSON object a line: what this verb prints in any case.",
    };

    private EventsCommand() => _log.AcceptOnlyFromAmong(Journal, Market);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new EventsCommand();
        var command = new Command(
            "events",
            """
            Prints the events of a log, one JSON object a line, oldest first. An event that a broker's message caused has
            that message beside it under "broker", in words; its bytes, as they came, stand in data.source.body (base64).

            Examples:
              trading-tools events --type=BalanceChanged --limit=10
              trading-tools events --user=trader@example.com --follow
              trading-tools events --type=DealExecuted --since=2026-01-15T08:00 --until=2026-01-15T17:00
              trading-tools events --type=BalanceChanged | jq '{offset, balance: .data.balance, broker: .broker.message}'
              trading-tools events --log=market --symbol=EURUSD --from=1 --to=1000
              trading-tools events --log=market --symbol=EURUSD | jq -r '[.offset, .bid, .ask] | @csv'
            """
        );
        foreach (
            var option in new Option[]
            {
                verb._log,
                verb._stream,
                verb._type,
                verb._user,
                verb._symbol,
                verb._from,
                verb._to,
                verb._since,
                verb._until,
                verb._limit,
                verb._follow,
                verb._withoutSource,
                verb._json,
            }
        )
        {
            command.Options.Add(option);
        }

        verb._archive.AddTo(command);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var filter = Filter(parsed);
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        var isMarket = parsed.GetValue(_log) == Market;
        var keys = isMarket ? KnownKeys.None : database.Keys;
        await using var logs = await ReadOnlyLogs.OpenAsync(database, cancellation, keys);
        if (parsed.GetValue(_user) is { } user)
        {
            filter = filter with { User = await UserLookup.KnownAsync(logs, user, cancellation) };
        }

        // Without a key what is sealed is shown as sealed; a key that is not the right one is a mistake.
        if (keys.Current is not null)
        {
            await database.MustOpenAsync(logs, filter.User, cancellation);
        }

        var follow = parsed.GetValue(_follow);
        if (filter.Stream is { } stream && !follow)
        {
            await MustBeKnownAsync(logs, isMarket ? Market : Journal, stream, cancellation);
        }

        if (parsed.GetValue(_symbol) is { } symbol)
        {
            var listed = await ListedSymbols.ReadAsync(logs.Journal, cancellation);
            // Where no broker has listed any, the usual spelling is all there is to go by.
            var unlisted =
                listed.All.Count > 0 ? symbol : symbol.ToUpperInvariant().Replace("/", "", StringComparison.Ordinal);
            filter = filter with { Symbol = listed.Find(symbol) ?? new SymbolName(unlisted) };
        }

        filter = await WithinTimesAsync(parsed, logs, filter, cancellation);
        await using var stdout = StandardOutput.Open();
        using var output = new LineOutput(stdout);
        if (isMarket)
        {
            var market = _archive.LogBefore(parsed, logs.Market);
            var ticks = new MarketLines(market, filter, output);
            await ticks.PrintAsync(follow, cancellation);
            await MustBeKnownAsync(
                ticks.Printed,
                filter,
                async (wanted, nowhere) =>
                {
                    var first = new MarketLines(market, wanted, nowhere);
                    await first.PrintAsync(follow: false, cancellation);
                    return first.Printed;
                }
            );
            return ExitCode.Clean;
        }

        var lines = new JournalLines(logs.Journal, filter, output, withSource: !parsed.GetValue(_withoutSource));
        await lines.PrintAsync(follow, cancellation);
        await MustBeKnownAsync(
            lines.Printed,
            filter,
            async (wanted, nowhere) =>
            {
                var first = new JournalLines(logs.Journal, wanted, nowhere, withSource: false);
                await first.PrintAsync(follow: false, cancellation);
                return first.Printed;
            }
        );
        if (keys.Current is null && lines.Sealed > 0)
        {
            await Console.Error.WriteLineAsync(
                $"{lines.Sealed} events hold something sealed: it is opened with the service's {MasterKeyText.Variable}."
            );
        }

        if (lines.Undecodable == 0)
        {
            return ExitCode.Clean;
        }

        await Console.Error.WriteLineAsync(
            $"{lines.Undecodable} events could not be decoded: they are damaged, or a newer version wrote them."
        );
        return ExitCode.Found;
    }

    // Nothing found is an answer; of a symbol that the whole log does not name it would be a misleading one.
    private static async Task MustBeKnownAsync(
        long printed,
        EventFilter filter,
        Func<EventFilter, LineOutput, Task<long>> print
    )
    {
        if (printed > 0 || filter.Symbol is not { } symbol)
        {
            return;
        }

        using var nowhere = new LineOutput(Stream.Null);
        if (await print(new() { Symbol = symbol, Limit = 1 }, nowhere) == 0)
        {
            throw new ToolException($"There is no symbol {symbol.Value} in this log.");
        }
    }

    private static async Task MustBeKnownAsync(
        PostgresLogs logs,
        string log,
        StreamName stream,
        CancellationToken cancellation
    )
    {
        await using var command = logs.Reader.CreateCommand(
            $"SELECT EXISTS (SELECT FROM eventstore.{log}_stream WHERE name = $1)"
        );
        command.Parameters.Add(new Npgsql.NpgsqlParameter<string> { TypedValue = stream.Value });
        if (await command.ExecuteScalarAsync(cancellation) is not true)
        {
            throw new ToolException($"There is no stream {stream} in the {(log == Market ? "market log" : log)}.");
        }
    }

    private EventFilter Filter(ParseResult parsed)
    {
        var isMarket = parsed.GetValue(_log) == Market;
        var types = parsed.GetValue(_type) ?? [];
        if (isMarket && (types.Length > 0 || parsed.GetValue(_user) is not null))
        {
            throw new ToolException(
                "The market log holds ticks alone, of no user: --type and --user belong to the journal."
            );
        }

        if (parsed.GetValue(_to) < parsed.GetValue(_from))
        {
            throw new ToolException($"--from={parsed.GetValue(_from)} lies after --to={parsed.GetValue(_to)}.");
        }

        try
        {
            return new()
            {
                Stream = parsed.GetValue(_stream) is { } stream ? StreamName.Parse(stream) : null,
                Types = types.Select(FullName).ToHashSet(StringComparer.Ordinal),
                From = new(parsed.GetValue(_from)),
                To = new(parsed.GetValue(_to) ?? long.MaxValue),
                Limit = parsed.GetValue(_limit) ?? long.MaxValue,
            };
        }
        catch (FormatException wrong)
        {
            throw new ToolException(wrong.Message);
        }
    }

    // Where a time begins is looked up; where it ends, reading stops by itself, so that --follow may wait for it.
    private async Task<EventFilter> WithinTimesAsync(
        ParseResult parsed,
        PostgresLogs logs,
        EventFilter filter,
        CancellationToken cancellation
    )
    {
        if (parsed.GetValue(_until) is { } until)
        {
            filter = filter with { Until = MomentText.Time(until, "--until") };
        }

        if (parsed.GetValue(_since) is not { } since)
        {
            return filter;
        }

        var begin = MomentText.Time(since, "--since");
        if (begin > filter.Until)
        {
            throw new ToolException($"--since={since} lies after --until={parsed.GetValue(_until)}.");
        }

        if (begin == DateTimeOffset.MinValue)
        {
            return filter;
        }

        var before = begin.AddMicroseconds(-1);
        var last =
            parsed.GetValue(_log) == Market
                ? await logs.Market.OffsetAtAsync(before, cancellation)
                : await logs.Journal.OffsetAtAsync(before, cancellation);
        return last >= filter.From ? filter with { From = last.Plus(1) } : filter;
    }

    // A full name that this version does not know is taken as it is: a newer writer may have used it.
    private static string FullName(string name)
    {
        if (name.Contains('.', StringComparison.Ordinal))
        {
            return name;
        }

        var known = EventCatalog.ByName.Values.FirstOrDefault(descriptor =>
            string.Equals(descriptor.Name, name, StringComparison.OrdinalIgnoreCase)
        );
        return known?.FullName
            ?? throw new ToolException(
                $"No event is called '{name}'. There are: "
                    + string.Join(
                        ", ",
                        EventCatalog.ByName.Values.Select(descriptor => descriptor.Name).Order(StringComparer.Ordinal)
                    )
                    + "."
            );
    }

    private static long FromOne(ArgumentResult given, string option) =>
        NumberText.Read(given, 1L, long.MaxValue, $"{option} is a whole number from 1 on");
}
