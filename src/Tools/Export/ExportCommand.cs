using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.EventStore.Transfer;
using Trading.Projections.TimeTravel;
using Trading.Tools.Connect;
using Trading.Tools.Events;
using Trading.Tools.Progress;
using Trading.Tools.State;

namespace Trading.Tools.Export;

/// <summary>The verb <c>export</c>: the journal as a file that another database can be made from.</summary>
internal sealed class ExportCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly Option<string?> _out = new("--out")
    {
        Description = "File to write; gzip when its name ends in .gz; must not exist. Default: standard output.",
        HelpName = "file",
    };

    private readonly Option<string?> _from = new("--from")
    {
        Description = "First offset, or time recorded (ISO 8601). Widened to whole commits.",
        HelpName = "offset|time",
    };

    private readonly Option<string?> _to = new("--to")
    {
        Description = "Last offset, or time before which recorded.",
        HelpName = "offset|time",
    };

    private readonly Option<bool> _readable = new("--readable")
    {
        Description = "Payloads as JSON for people in place of bytes. Cannot be imported.",
    };

    private readonly Option<bool> _withKeys = new("--with-keys")
    {
        Description =
            "The users' keys too, wrapped by the master key. Without them, what is sealed can be read nowhere else.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Say the result as JSON." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new ExportCommand();
        var command = new Command(
            "export",
            $"""
            Writes the journal as lines of JSON, each a CloudEvent 1.0: payloads as they are stored (what is sealed stays
            sealed), and as extension attributes offset, version, correlationid, causationid, recordedat, userkey and
            the batches' boundaries and hashes. The verb import makes the same journal of it, with the same chain.

            Role needed: one that may read the logs; with --with-keys: {EventStoreSchema.AppRole}.
            Exit code: 0 written, 1 the journal has a hole, 2 it could not be.

            Examples:
              trading-tools export --out=journal.ndjson.gz
              trading-tools export --from=2026-01-01 --to=2026-02-01 --readable | jq .data
              trading-tools export --out=move.ndjson.gz --with-keys
            """
        );
        foreach (
            var option in new Option[] { verb._out, verb._from, verb._to, verb._readable, verb._withKeys, verb._json }
        )
        {
            command.Options.Add(option);
        }

        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = Options(parsed);
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var logs = await ReadOnlyLogs.OpenAsync(database, cancellation);
        await using var app = options.WithKeys ? Logins.As(database.ConnectionString, EventStoreSchema.AppRole) : null;
        var head = (await logs.Journal.HeadAsync(cancellation)).Value;
        var file = parsed.GetValue(_out);
        var result = await WriteAsync(
            file,
            async output =>
            {
                using var line = new ProgressLine("export", "events", quiet: parsed.GetValue(_json));
                var progress = line.Between(new(options.From.Value - 1), new(Math.Min(head, options.To.Value)));
                return await new JournalExport(app ?? logs.Reader).WriteAsync(output, options, progress, cancellation);
            }
        );
        // On standard output stand the events themselves.
        var say = file is null ? Console.Error : Console.Out;
        await say.WriteLineAsync(parsed.GetValue(_json) ? Json(result) : Words(result, file));
        return ExitCode.Clean;
    }

    private static async Task<ExportResult> WriteAsync(string? file, Func<Stream, Task<ExportResult>> write)
    {
        if (file is null)
        {
            await using var stdout = StandardOutput.Open();
            return await write(stdout);
        }

        return await WholeFile.WriteAsync(
            file,
            "an export",
            async stream =>
            {
                if (!file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
                {
                    return await write(stream);
                }

                await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
                return await write(gzip);
            }
        );
    }

    private ExportOptions Options(ParseResult parsed)
    {
        var (from, since) = Place(parsed.GetValue(_from), "--from");
        var (to, until) = Place(parsed.GetValue(_to), "--to");
        if (from > to || since > until)
        {
            throw new ToolException($"--from={parsed.GetValue(_from)} lies after --to={parsed.GetValue(_to)}.");
        }

        return new()
        {
            From = from ?? new(1),
            Since = since,
            To = to ?? new(long.MaxValue),
            Until = until,
            Readable = parsed.GetValue(_readable),
            WithKeys = parsed.GetValue(_withKeys),
        };
    }

    private static (Offset? Offset, DateTimeOffset? Time) Place(string? text, string option) =>
        (text is null ? null : Moment.Parse(text)) switch
        {
            Moment.AtOffset at => (at.Offset, null),
            Moment.AtTime at => (null, at.Time),
            _ when text is null => (null, null),
            _ => throw new ToolException($"{option} is {MomentText.Explained}: not '{text}'."),
        };

    private static string Json(ExportResult result) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"events":{{result.Events}},"first":{{result.First}},"last":{{result.Last}},"hash":"{{Convert.ToHexStringLower(result.Hash.Span)}}"}"""
        );

    private static string Words(ExportResult result, string? file) =>
        result.Events == 0
            ? "There is no event in this range."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Events:N0} events, offsets {result.First} to {result.Last}, written{(file is null ? "" : $" to {file}")}."
            );
}
