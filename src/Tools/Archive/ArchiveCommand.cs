using System.CommandLine;
using System.Globalization;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.EventStore.Archive;
using Trading.EventStore.Verification;
using Trading.Tools.Connect;
using Trading.Tools.Progress;

namespace Trading.Tools.Archive;

/// <summary>The verb <c>archive</c>: old ticks leave the database for compressed files.</summary>
internal sealed class ArchiveCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly Option<string> _folder = new("--archive")
    {
        Description = "Folder of the files; made when missing.",
        HelpName = "folder",
        Required = true,
    };

    private readonly Option<double> _days = new("--older-than")
    {
        Description = "Only partitions whose newest tick was recorded more than so many days ago.",
        HelpName = "days",
        DefaultValueFactory = _ => 30,
        CustomParser = given => NumberText.Read(given, 0d, 36_500d, "--older-than is a number of days, 0 to 36500"),
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object for each file." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new ArchiveCommand();
        var command = new Command(
            "archive",
            $"""
            Moves partitions of the market log that are past their retention into compressed files, one each, named with their
            SHA-256 in a manifest, and drops them from the database. A partition is dropped only after its file was flushed
            and read back. Killed anywhere, nothing is lost: run it again. The newest partition stays, whatever its age; only with
            --older-than=0, when no other is left, it is cut before its newest record and the older part goes. So a young log can
            be archived too, to see how it works.

            events reads the files as if their ticks still stood in the log (--archive or {ArchiveOption.Variable});
            verify --archive checks them.

            {Logins.OwnerNote}
            Exit code: 0 done, also when there was nothing to do, 1 a file is not what it should be, 2 it could not be done.

            Examples:
              trading-tools archive --archive=/var/archive/trading --older-than=90
              trading-tools events --log=market --symbol=EURUSD --archive=/var/archive/trading
            """
        );
        command.Options.Add(verb._folder);
        command.Options.Add(verb._days);
        command.Options.Add(verb._json);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var login = await Logins.WithAsync(
            database.ConnectionString,
            EventStoreSchema.OwnerRole,
            cancellation
        );
        var moment = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(parsed.GetValue(_days));
        var json = parsed.GetValue(_json);
        try
        {
            using var line = new ProgressLine("archive", "ticks", quiet: json);
            var files = await new MarketArchive(login, parsed.GetValue(_folder)!).RunAsync(
                moment,
                new EachReport<ArchiveFile>(file =>
                {
                    line.Clear();
                    Console.WriteLine(json ? Json(file) : Words(file));
                }),
                await ProgressAsync(line, login, database, moment, cancellation),
                cancellation,
                cutNewest: parsed.GetValue(_days) == 0
            );
            if (files.Count == 0 && !json)
            {
                Console.WriteLine(
                    "No partition is that old. The newest stays in any case; --older-than=0 cuts it and archives all but its "
                        + "newest record."
                );
            }

            return ExitCode.Clean;
        }
        catch (InvalidDataException damage)
        {
            await Console.Error.WriteLineAsync(damage.Message);
            return ExitCode.Found;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"--archive: the archive cannot be written. {refused.Message}");
        }
    }

    // At most so far: the partition that the moment lies in stays.
    private static async Task<IProgress<Offset>?> ProgressAsync(
        ProgressLine line,
        NpgsqlDataSource login,
        OpenedDatabase database,
        DateTimeOffset moment,
        CancellationToken cancellation
    )
    {
        if (!line.IsVisible || await new LogVerifier(login).OldestTickAsync(cancellation) is not { } oldest)
        {
            return null;
        }

        await using var logs = await ReadOnlyLogs.OpenAsync(database, cancellation);
        return line.Between(new(oldest.Value - 1), await logs.Market.OffsetAtAsync(moment, cancellation));
    }

    private static string Json(ArchiveFile file) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"file":"{{file.Name}}","first":{{file.First}},"last":{{file.Last}},"records":{{file.Records}},"bytes":{{file.Bytes}},"sha256":"{{file.Sha256}}"}"""
        );

    private static string Words(ArchiveFile file) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{file.Name}: ticks {file.First:N0} to {file.Last:N0} in {file.Bytes:N0} bytes; partition dropped"
        );
}
