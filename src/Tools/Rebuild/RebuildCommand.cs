using System.CommandLine;
using Trading.Projections.Rebuilding;
using Trading.Tools.Archive;
using Trading.Tools.Connect;

namespace Trading.Tools.Rebuild;

/// <summary>The verb <c>rebuild</c>: makes read models anew while everybody goes on reading.</summary>
internal sealed class RebuildCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly ArchiveOption _archive = new();

    private readonly Argument<string?> _projection = new("projection")
    {
        Description = "The read model, for example accounts.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _all = new("--all") { Description = "All read models." };

    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Before the swap, hold every row of the new table against a second, fresh fold of the log.",
    };

    private readonly Option<bool> _rollback = new("--rollback")
    {
        Description = "Go back to the table that was live before; it takes in what it has missed first.",
    };

    private readonly Option<bool> _cancel = new("--cancel") { Description = "Give an unfinished rebuild up." };

    private readonly Option<bool> _dropPrevious = new("--drop-previous")
    {
        Description = "Drop the table that was live before. There is no way back to it then.",
    };

    private readonly Option<int> _parallel = new("--parallel")
    {
        Description = "With --all: how many read models at the same time, 1 to 8.",
        HelpName = "count",
        DefaultValueFactory = _ => 2,
        CustomParser = given => NumberText.Read(given, 1, 8, "--parallel is a whole number, 1 to 8"),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Say the results as JSON, one a line." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new RebuildCommand();
        var command = new Command(
            "rebuild",
            $"""
            Folds the log into a new table beside the live one and, when it has caught up, lets readers see that one, in one
            short transaction. Readers notice nothing; live traffic goes first. Interrupted or killed, it goes on where it
            was: run it again, or leave it to the service, which takes up what a killed process has left. The table that was
            live before is kept for --rollback until the next rebuild.

            What is folded holds names and labels that are sealed with each user's key: the master key that the service runs with
            must be given (TRADING_MASTER_KEY, or the data folder's own). Without it nothing begins.

            {ReadModelAccess.OwnerNote}
            Exit code: 0 done, 1 it failed or was given up (the reason is printed, the live table is as it was), 2 it could
            not be asked for, 130 interrupted by Ctrl-C.

            Examples:
              trading-tools rebuild accounts --verify
              trading-tools rebuild --all --parallel=3 --json
              trading-tools rebuild accounts --rollback
            """
        );
        command.Arguments.Add(verb._projection);
        foreach (
            var option in new Option[]
            {
                verb._all,
                verb._verify,
                verb._rollback,
                verb._cancel,
                verb._dropPrevious,
                verb._parallel,
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
        bool[] exclusive = [parsed.GetValue(_rollback), parsed.GetValue(_cancel), parsed.GetValue(_dropPrevious)];
        if (exclusive.Count(given => given) > 1)
        {
            throw new ToolException("--rollback, --cancel and --drop-previous exclude each other.");
        }

        await using var database = await _connection.OpenAsync(parsed, cancellation);
        return await ReadModelAccess.UseAsync(
            database,
            readOnly: false,
            folds: IsFold(parsed),
            log => _archive.LogBefore(parsed, log),
            async access =>
            {
                var chosen = access.Choose(parsed.GetValue(_projection), parsed.GetValue(_all));
                var report = new RebuildOutput(parsed.GetValue(_json));
                if (parsed.GetValue(_cancel))
                {
                    return await CancelAsync(access, chosen, report, cancellation);
                }

                if (parsed.GetValue(_dropPrevious))
                {
                    return await DropAsync(access, chosen, report, cancellation);
                }

                var request = new RebuildRequest(
                    parsed.GetValue(_verify),
                    parsed.GetValue(_rollback),
                    ReadModelAccess.Operator
                );
                var work = new RebuildWork(access.Rebuilds, request, report);
                return await work.RunAsync(chosen, parsed.GetValue(_parallel), cancellation);
            },
            cancellation
        );
    }

    // Candles and last prices are folded from ticks, of no user; giving up and dropping folds nothing.
    private bool IsFold(ParseResult parsed) =>
        !parsed.GetValue(_cancel)
        && !parsed.GetValue(_dropPrevious)
        && !ReadModelAccess.IsOfMarket(parsed.GetValue(_projection));

    private static async Task<int> CancelAsync(
        ReadModelAccess access,
        IReadOnlyList<string> chosen,
        RebuildOutput report,
        CancellationToken cancellation
    )
    {
        foreach (var projection in chosen)
        {
            if (await access.Rebuilds.CancelAsync(projection, cancellation) is { } cancelled)
            {
                report.Tell(cancelled);
            }
            else
            {
                await Console.Error.WriteLineAsync($"{projection}: no rebuild is unfinished.");
            }
        }

        return ExitCode.Clean;
    }

    private static async Task<int> DropAsync(
        ReadModelAccess access,
        IReadOnlyList<string> chosen,
        RebuildOutput report,
        CancellationToken cancellation
    )
    {
        foreach (var projection in chosen)
        {
            report.Dropped(projection, await access.Rebuilds.DropPreviousAsync(projection, cancellation));
        }

        return ExitCode.Clean;
    }
}
