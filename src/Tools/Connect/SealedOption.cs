using System.CommandLine;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.EventStore;

namespace Trading.Tools.Connect;

/// <summary>The option <c>--without-keys</c> of verbs that fold the journal to show it: for who may see an account's figures and
/// not its owner's words.</summary>
internal sealed class SealedOption
{
    private readonly Option<bool> _without = new("--without-keys")
    {
        Description =
            "Leave names, labels and notes empty, which are sealed with each user's key. Otherwise the master key must be "
            + "known (TRADING_MASTER_KEY, or the data folder's own).",
    };

    /// <summary>Adds the option to a verb.</summary>
    public void AddTo(Command command) => command.Options.Add(_without);

    /// <summary>Opens the logs with the keys, or without any when that was asked for.</summary>
    public Task<PostgresLogs> OpenAsync(ParseResult parsed, OpenedDatabase database, CancellationToken cancellation) =>
        ReadOnlyLogs.OpenAsync(database, cancellation, parsed.GetValue(_without) ? null : database.Keys);

    /// <summary>Refuses, unless it was asked for, to fold what could not be opened.</summary>
    /// <exception cref="ToolException">Keys are missing, or are others.</exception>
    public Task MustOpenAsync(
        ParseResult parsed,
        OpenedDatabase database,
        PostgresLogs logs,
        UserKey? user,
        CancellationToken cancellation
    ) => parsed.GetValue(_without) ? Task.CompletedTask : database.MustOpenAsync(logs, user, cancellation);

    /// <inheritdoc cref="MustOpenAsync(ParseResult, OpenedDatabase, PostgresLogs, UserKey?, CancellationToken)"/>
    public Task MustOpenAsync(
        ParseResult parsed,
        OpenedDatabase database,
        PostgresLogs logs,
        StreamName stream,
        CancellationToken cancellation
    ) => parsed.GetValue(_without) ? Task.CompletedTask : database.MustOpenAsync(logs, stream, cancellation);
}
