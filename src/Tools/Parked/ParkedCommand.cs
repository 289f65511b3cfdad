using System.CommandLine;
using Spectre.Console;
using Trading.Projections.Operating;
using Trading.Tools.Connect;
using Trading.Tools.Rebuild;

namespace Trading.Tools.Parked;

/// <summary>The verb <c>parked</c>: streams that a projection could not fold.</summary>
internal sealed class ParkedCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly Option<string?> _projection = new("--projection")
    {
        Description = "Of one read model only.",
        HelpName = "name",
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new ParkedCommand();
        var command = new Command(
            "parked",
            """
            Lists the streams that a projection has set aside because of an event that it cannot fold. The rows of such a
            stream stay as they were before the event until somebody acts: mend the program and retry, or let the read model
            go without the event.

            Roles needed: trading_reader and trading_operator (the service's own login has both).
            Exit code: 0 none is parked, 1 some are, 2 it could not be told.

            Examples:
              trading-tools parked
              trading-tools parked retry accounts
              trading-tools parked skip accounts --stream=session-9f86… --reason="broker confirmed the deal never was"
            """
        );
        command.Options.Add(verb._projection);
        command.Options.Add(verb._json);
        verb._connection.AddTo(command);
        command.SetAction(verb.ListAsync);
        command.Subcommands.Add(ParkedRetryCommand.Create());
        command.Subcommands.Add(ParkedSkipCommand.Create());
        return command;
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        return await ReadModelAccess.UseAsync(
            database,
            readOnly: true,
            folds: false,
            market: null,
            async access =>
            {
                var projection = parsed.GetValue(_projection) is { } named ? access.Choose(named, all: false)[0] : null;
                var all = await access.Parked.ListAsync(projection, cancellation);
                var lines = parsed.GetValue(_json) || Console.IsOutputRedirected;
                foreach (var parked in all)
                {
                    Tell(parked, lines);
                }

                if (!lines && all.Count == 0)
                {
                    Console.WriteLine("No stream is parked.");
                }

                return all.Count == 0 ? ExitCode.Clean : ExitCode.Found;
            },
            cancellation
        );
    }

    private static void Tell(ParkedIn parked, bool line)
    {
        var stream = parked.Stream;
        if (line)
        {
            JsonLine.Write(writer =>
            {
                writer.WriteString("projection"u8, parked.Projection);
                writer.WriteBoolean("live"u8, parked.IsLive);
                writer.WriteString("stream"u8, stream.Stream.Value);
                writer.WriteNumber("offset"u8, stream.Offset.Value);
                writer.WriteNumber("version"u8, stream.Version.Value);
                writer.WriteString("type"u8, stream.EventType);
                writer.WriteString("reason"u8, stream.Reason);
            });
            return;
        }

        AnsiConsole.MarkupLineInterpolated(
            $"[bold]{parked.Projection}[/]{(parked.IsLive ? "" : " (not live)")}: {stream.EventType} at offset {stream.Offset}"
        );
        // Not through Spectre: wrapped, a name could not be copied.
        Console.WriteLine($"  {stream.Stream}");
        Console.WriteLine($"  {stream.Reason}");
    }
}
