using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.EventStore.Transfer;
using Trading.Tools.Connect;
using Trading.Tools.Progress;

namespace Trading.Tools.Import;

/// <summary>The verb <c>import</c>: makes a journal of an exported file.</summary>
internal sealed class ImportCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly Argument<string> _file = new("file")
    {
        Description = "A file of the verb export; gzip when its name ends in .gz.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Say the result as JSON." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new ImportCommand();
        var command = new Command(
            "import",
            $"""
            Makes the journal of an exported file in an empty database: same offsets, same versions, same chain. Each batch
            must have the hash that it was exported with before it is committed. Interrupted, it goes on where it stopped
            when it is run again. A journal that is not the beginning of the file's is refused and nothing is written.
            The read models fill from the journal when the service starts.

            {Logins.OwnerNote}
            Exit code: 0 the journal is the exported one, 1 file or journal are not as they must be, 2 it could not be done.

            Examples:
              trading-tools import journal.ndjson.gz --connection="Host=localhost;Database=copy;Username=trading"
              trading-tools verify --log=journal --anchor=2026-01-31.anchor.json --connection=…
            """
        );
        command.Arguments.Add(verb._file);
        command.Options.Add(verb._json);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var name = parsed.GetValue(_file)!;
        await using var file = Open(name);
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var login = await Logins.WithAsync(
            database.ConnectionString,
            EventStoreSchema.OwnerRole,
            cancellation
        );
        await EventStoreSchema.MigrateAsync(login, cancellation: cancellation);
        await using var lines = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress, leaveOpen: true)
            : (Stream)file;
        switch (await ImportAsync(login, file, lines, parsed.GetValue(_json), cancellation))
        {
            case ImportOutcome.Imported imported:
                Console.WriteLine(parsed.GetValue(_json) ? Json(imported) : Words(imported));
                return ExitCode.Clean;
            case var refused:
                await Console.Error.WriteLineAsync(((ImportOutcome.Refused)refused).Reason);
                return ExitCode.Found;
        }
    }

    private static async Task<ImportOutcome> ImportAsync(
        NpgsqlDataSource login,
        FileStream file,
        Stream lines,
        bool json,
        CancellationToken cancellation
    )
    {
        using var line = new ProgressLine("import", "events", quiet: json);
        try
        {
            return await new JournalImport(login).RunAsync(
                lines,
                new EachReport<Offset>(at => line.Show(file.Position, file.Length, at.Value)),
                cancellation
            );
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            line.Clear();
            await Console.Error.WriteLineAsync(
                "Interrupted. What was imported so far is whole; run it again to go on."
            );
            throw;
        }
    }

    private static FileStream Open(string name)
    {
        try
        {
            return new(name, FileMode.Open, FileAccess.Read, FileShare.Read, 256 * 1024, FileOptions.SequentialScan);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"The file cannot be read: {unusable.Message}");
        }
    }

    private static string Json(ImportOutcome.Imported imported) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"events":{{imported.Events}},"keys":{{imported.Keys}},"head":{{imported.Head.Offset}},"hash":"{{Convert.ToHexStringLower(imported.Head.Hash.Span)}}"}"""
        );

    private static string Words(ImportOutcome.Imported imported) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{imported.Events:N0} events and {imported.Keys} keys imported. The journal ends at {imported.Head.Offset}, hash "
                + $"{Convert.ToHexStringLower(imported.Head.Hash.Span)}."
        );
}
