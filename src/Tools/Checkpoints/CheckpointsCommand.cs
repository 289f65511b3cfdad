using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Trading.Projections.Operating;
using Trading.Tools.Connect;
using Trading.Tools.Rebuild;

namespace Trading.Tools.Checkpoints;

/// <summary>The verb <c>checkpoints</c>: how far the read models are, and moving one by hand.</summary>
internal sealed class CheckpointsCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new CheckpointsCommand();
        var command = new Command(
            "checkpoints",
            """
            Shows how far each read model is: the table that readers see, the offset it has reached, and the gap to the head
            of its log.

            Roles needed: trading_reader and trading_operator (the service's own login has both).
            Exit code: 0 shown, 2 it could not be.

            Examples:
              trading-tools checkpoints
              trading-tools checkpoints move accounts --to=120000 --reason="lost rows, ticket 4711"
            """
        );
        command.Options.Add(verb._json);
        verb._connection.AddTo(command);
        command.SetAction(verb.ShowAsync);
        command.Subcommands.Add(CheckpointMoveCommand.Create());
        return command;
    }

    private async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        return await ReadModelAccess.UseAsync(
            database,
            readOnly: true,
            folds: false,
            market: null,
            async access =>
            {
                var all = await access.Statuses.ListAsync(cancellation);
                if (parsed.GetValue(_json) || Console.IsOutputRedirected)
                {
                    foreach (var one in all)
                    {
                        Line(one);
                    }
                }
                else
                {
                    Table(all);
                }

                return ExitCode.Clean;
            },
            cancellation
        );
    }

    private static void Line(ReadModelStatus one) =>
        JsonLine.Write(writer =>
        {
            writer.WriteString("projection"u8, one.Projection);
            writer.WriteNumber("generation"u8, one.Generation);
            writer.WriteNumber("version"u8, one.Version);
            writer.WriteNumber("checkpoint"u8, one.Checkpoint.Value);
            writer.WriteNumber("head"u8, one.Head.Value);
            writer.WriteNumber("gap"u8, one.Gap);
            writer.WriteString("movedAt"u8, one.MovedAt);
            writer.WriteNumber("parked"u8, one.Parked.Count);
            if (one.Previous is { } previous)
            {
                writer.WriteNumber("previous"u8, previous);
            }
        });

    private static void Table(IReadOnlyList<ReadModelStatus> all)
    {
        var table = new Table().AddColumns("read model", "table", "checkpoint", "gap", "moved", "parked", "way back");
        foreach (var one in all)
        {
            table.AddRow(
                one.Projection,
                $"{one.Generation} (version {one.Version})",
                one.Checkpoint.Value.ToString("N0", CultureInfo.InvariantCulture),
                one.Gap.ToString("N0", CultureInfo.InvariantCulture),
                one.MovedAt.ToString("u", CultureInfo.InvariantCulture),
                one.Parked.Count.ToString(CultureInfo.InvariantCulture),
                one.Previous?.ToString(CultureInfo.InvariantCulture) ?? ""
            );
        }

        AnsiConsole.Write(table);
    }
}
