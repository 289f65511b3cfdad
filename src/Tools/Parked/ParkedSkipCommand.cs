using System.CommandLine;
using Trading.Tools.Connect;
using Trading.Tools.Rebuild;
using Trading.Tools.State;

namespace Trading.Tools.Parked;

/// <summary>The verb <c>parked skip</c>.</summary>
internal sealed class ParkedSkipCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly Argument<string> _projection = new("projection") { Description = "The read model." };

    private readonly Option<string> _stream = new("--stream")
    {
        Description = "The parked stream.",
        HelpName = "stream",
        Required = true,
    };

    private readonly Option<string> _reason = new("--reason")
    {
        Description = "Why. It stands in the journal for ever, with your name.",
        HelpName = "text",
        Required = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Say the result as JSON." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new ParkedSkipCommand();
        var command = new Command(
            "skip",
            $"""
            Lets a read model go without the one event that a stream is parked at; what follows in the stream is folded. The
            decision becomes an event in the journal, and every later rebuild leaves the same event out.

            {ReadModelAccess.OwnerNote}
            Exit code: 0 skipped, 2 it could not be.
            """
        );
        command.Arguments.Add(verb._projection);
        command.Options.Add(verb._stream);
        command.Options.Add(verb._reason);
        command.Options.Add(verb._json);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var stream = StreamArgument.Parse(parsed.GetValue(_stream)!);
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        return await ReadModelAccess.UseAsync(
            database,
            readOnly: false,
            folds: false,
            market: null,
            async access =>
            {
                var projection = access.Choose(parsed.GetValue(_projection), all: false)[0];
                var skipped = await access.Parked.SkipAsync(
                    projection,
                    stream,
                    parsed.GetValue(_reason)!,
                    ReadModelAccess.Operator,
                    cancellation
                );
                if (parsed.GetValue(_json))
                {
                    JsonLine.Write(writer =>
                    {
                        writer.WriteString("projection"u8, projection);
                        writer.WriteString("stream"u8, skipped.Stream.Value);
                        writer.WriteNumber("offset"u8, skipped.Offset.Value);
                        writer.WriteString("type"u8, skipped.EventType);
                    });
                }
                else
                {
                    Console.WriteLine(
                        $"{projection}: goes without {skipped.EventType} at offset {skipped.Offset}; the journal says why."
                    );
                }

                return ExitCode.Clean;
            },
            cancellation
        );
    }
}
