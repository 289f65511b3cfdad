using System.CommandLine;
using System.CommandLine.Parsing;
using Npgsql;
using Trading.Configuration;
using Trading.Domain.Events;
using Trading.EventStore;
using Trading.Tools;
using Trading.Tools.Anchor;
using Trading.Tools.Archive;
using Trading.Tools.Checkpoints;
using Trading.Tools.Compare;
using Trading.Tools.Diff;
using Trading.Tools.Doctor;
using Trading.Tools.Erase;
using Trading.Tools.Events;
using Trading.Tools.Export;
using Trading.Tools.Import;
using Trading.Tools.Keys;
using Trading.Tools.Parked;
using Trading.Tools.Rebuild;
using Trading.Tools.Replay;
using Trading.Tools.State;
using Trading.Tools.Verify;

var root = new RootCommand(
    "Looks into the logs of the trading backend, and looks after them. Nothing here can trade; the few verbs that write say so. "
        + "Ctrl-C ends every verb with exit code 130 and leaves nothing half done."
)
{
    EventsCommand.Create(),
    StateCommand.Create(),
    DiffCommand.Create(),
    ReplayCommand.Create(),
    VerifyCommand.Create(),
    AnchorCommand.Create(),
    DoctorCommand.Create(),
    ExportCommand.Create(),
    ImportCommand.Create(),
    RebuildCommand.Create(),
    CompareCommand.Create(),
    CheckpointsCommand.Create(),
    ParkedCommand.Create(),
    ArchiveCommand.Create(),
    EraseCommand.Create(),
    KeysCommand.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        await Console.Error.WriteLineAsync(Naming(error));
    }

    await Console.Error.WriteLineAsync($"'{Words()} --help' explains.");
    return ExitCode.CouldNot;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (ToolException refused)
{
    await Console.Error.WriteLineAsync(refused.Message);
    return ExitCode.CouldNot;
}
catch (SettingsFileException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return ExitCode.Misconfigured;
}
catch (PostgresException refused)
{
    await Console.Error.WriteLineAsync(
        refused.SqlState == PostgresErrorCodes.InsufficientPrivilege
            ? $"The login may not do that ({refused.MessageText}). Have it granted, or name a login that may with --connection."
            : $"The database refused: {refused.MessageText}."
    );
    return ExitCode.CouldNot;
}
catch (Exception away) when (away is NpgsqlException or LogUnavailableException)
{
    await Console.Error.WriteLineAsync($"The database did not answer: {away.Message}");
    return ExitCode.CouldNot;
}
catch (Exception damage) when (damage is LogDamagedException or OffsetBeyondHeadException or UnknownEventException)
{
    await Console.Error.WriteLineAsync(damage.Message);
    return ExitCode.Found;
}
catch (IOException gone) when (gone.HResult is BrokenPipe.Linux or BrokenPipe.Mac or BrokenPipe.Windows)
{
    // Whoever read the lines (head, less) has seen enough.
    return ExitCode.Clean;
}
catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync($"It could not be read or written: {refused.Message}");
    return ExitCode.CouldNot;
}
catch (OperationCanceledException)
{
    return ExitCode.Interrupted;
}

// What is wrong with a value says nothing of the option that it was given to.
static string Naming(ParseError error) =>
    (error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult) is { Option.Name: var option }
    && !error.Message.Contains(option, StringComparison.Ordinal)
        ? $"{option}: {error.Message}"
        : error.Message;

string Words()
{
    var words = new Stack<string>();
    for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: var command }; at = at.Parent)
    {
        words.Push(command == root ? "trading-tools" : command.Name);
    }

    return string.Join(' ', words);
}
