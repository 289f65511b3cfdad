using System.CommandLine;
using Trading.Domain.Ports;
using Trading.EventStore.Archive;

namespace Trading.Tools.Archive;

/// <summary>The option <c>--archive</c> of verbs that read the market log: ticks that retention moved into files are read as if
/// they still stood in the log.</summary>
internal sealed class ArchiveOption
{
    /// <summary>The environment variable with the folder.</summary>
    public const string Variable = "TRADING_ARCHIVE";

    private readonly Option<string?> _folder = new("--archive")
    {
        Description = $"Folder of the verb archive, to read old ticks from as well. Default: {Variable}.",
        HelpName = "folder",
    };

    /// <summary>Adds the option to a verb.</summary>
    public void AddTo(Command command) => command.Options.Add(_folder);

    /// <summary>The folder, or null.</summary>
    /// <exception cref="ToolException">There is no such folder.</exception>
    public string? Folder(ParseResult parsed)
    {
        var folder = parsed.GetValue(_folder) ?? Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(folder))
        {
            return null;
        }

        return Directory.Exists(folder) ? folder : throw new ToolException($"There is no archive folder {folder}.");
    }

    /// <summary>Looks back into the market log, and into what was archived before it when a folder is given.</summary>
    public ITickHistory Before(ParseResult parsed, ITickHistory market) =>
        Folder(parsed) is { } folder ? new ArchivedTickHistory(market, folder) : market;

    /// <summary>The market log, with what was archived before it when a folder is given.</summary>
    public ITickLog LogBefore(ParseResult parsed, ITickLog market) =>
        Folder(parsed) is { } folder ? new ArchivedTickLog(market, folder) : market;
}
