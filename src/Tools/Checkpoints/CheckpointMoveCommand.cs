using System.CommandLine;
using Trading.Domain.Logs;
using Trading.Tools.Connect;
using Trading.Tools.Rebuild;

namespace Trading.Tools.Checkpoints;

/// <summary>The verb <c>checkpoints move</c>.</summary>
internal sealed class CheckpointMoveCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly Argument<string> _projection = new("projection") { Description = "The read model." };

    private readonly Option<long> _to = new("--to")
    {
        Description = "The offset to move to, from 0 to the head of the log.",
        HelpName = "offset",
        Required = true,
        CustomParser = given =>
            NumberText.Read(given, 0L, long.MaxValue, "--to is an offset, a whole number from 0 on"),
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
        var verb = new CheckpointMoveCommand();
        var command = new Command(
            "move",
            $"""
            Moves the checkpoint of a live table by hand. That becomes an event in the journal before it takes effect. Back
            is harmless: rows that have taken events in already do not change. Forward leaves events out: consider a rebuild
            in its place.

            {ReadModelAccess.OwnerNote}
            Exit code: 0 moved, 2 it could not be.

            Example:
              trading-tools checkpoints move accounts --to=120000 --reason="lost rows, ticket 4711"
            """
        );
        command.Arguments.Add(verb._projection);
        command.Options.Add(verb._to);
        command.Options.Add(verb._reason);
        command.Options.Add(verb._json);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        return await ReadModelAccess.UseAsync(
            database,
            readOnly: false,
            folds: false,
            market: null,
            async access =>
            {
                var projection = access.Choose(parsed.GetValue(_projection), all: false)[0];
                var to = new Offset(parsed.GetValue(_to));
                var from = await access.Moves.MoveAsync(
                    projection,
                    to,
                    parsed.GetValue(_reason)!,
                    ReadModelAccess.Operator,
                    cancellation
                );
                if (parsed.GetValue(_json))
                {
                    JsonLine.Write(writer =>
                    {
                        writer.WriteString("projection"u8, projection);
                        writer.WriteNumber("from"u8, from.Value);
                        writer.WriteNumber("to"u8, to.Value);
                    });
                }
                else
                {
                    Console.WriteLine($"{projection}: moved from {from} to {to}; the journal says why.");
                }

                return ExitCode.Clean;
            },
            cancellation
        );
    }
}
