using System.CommandLine;
using Trading.Domain.Logs;
using Trading.Tools.Connect;
using Trading.Tools.Rebuild;
using Trading.Tools.State;

namespace Trading.Tools.Parked;

/// <summary>The verb <c>parked retry</c>.</summary>
internal sealed class ParkedRetryCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly Argument<string> _projection = new("projection") { Description = "The read model." };

    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "One stream; without it, all of the read model.",
        HelpName = "stream",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Say the result as JSON." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new ParkedRetryCommand();
        var command = new Command(
            "retry",
            $"""
            Asks for parked streams to be tried again. A running service does so within two seconds, others when they start;
            'trading-tools parked' shows what came of it.

            {ReadModelAccess.OwnerNote}
            Exit code: 0 asked for, 2 it could not be.
            """
        );
        command.Arguments.Add(verb._projection);
        command.Options.Add(verb._stream);
        command.Options.Add(verb._json);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var stream = parsed.GetValue(_stream) is { } name ? StreamArgument.Parse(name) : (StreamName?)null;
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        return await ReadModelAccess.UseAsync(
            database,
            readOnly: true,
            folds: false,
            market: null,
            async access =>
            {
                var projection = access.Choose(parsed.GetValue(_projection), all: false)[0];
                var streams = await access.Parked.RetryAsync(projection, stream, cancellation);
                if (stream is { } one && streams == 0)
                {
                    throw new ToolException($"{one} is not parked in {projection}.");
                }

                if (parsed.GetValue(_json))
                {
                    JsonLine.Write(writer =>
                    {
                        writer.WriteString("projection"u8, projection);
                        writer.WriteNumber("streams"u8, streams);
                    });
                }
                else
                {
                    Console.WriteLine($"{projection}: {streams} streams will be tried again.");
                }

                return ExitCode.Clean;
            },
            cancellation
        );
    }
}
