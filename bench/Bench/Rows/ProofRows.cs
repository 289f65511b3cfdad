using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.EventStore;
using Trading.EventStore.Transfer;
using Trading.EventStore.Verification;

namespace Trading.Bench.Rows;

/// <summary>Whether a million events are whole: offsets, versions, digests, chain, and an anchor.</summary>
internal sealed class VerifyRow : IRow
{
    private const int Repeats = 3;

    public string Key => "verify";

    public string What => "verify of the journal, 1M events, with an anchor";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using var logs = await PostgresLogs.OpenAsync(
            await run.DatabaseAsync(cancellation),
            cancellation: cancellation
        );
        await MillionEvents.WriteAsync(logs, cancellation);
        var verifier = new LogVerifier(logs.Reader);
        var anchor = await verifier.AnchorAsync(TimeProvider.System.GetUtcNow(), cancellation: cancellation);
        var seconds = new double[Repeats];
        for (var i = 0; i < Repeats; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await foreach (var finding in verifier.VerifyJournalAsync(null, [anchor], cancellation))
            {
                throw new InvalidOperationException(finding.Detail);
            }

            seconds[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        var perSecond = MillionEvents.Count / seconds.Order().ElementAt(Repeats / 2);
        return new()
        {
            Ours = [new("events read, digested, decoded and chained", perSecond, "events/s")],
            Limits =
            [
                await PostgresLimits.ReadAsync(run, cancellation),
                new("SHA-256 of an event's bytes, 1 core", Sha256PerSecond(), "events/s"),
            ],
            Marks = [Mark.AtLeast(perSecond, 1_000_000, "events/s")],
            How =
                $"The middle of {Repeats} runs over a journal that was just written. The limits read a plain table of the same "
                + "width, and hash as many bytes as an event's content has.",
        };
    }

    private static double Sha256PerSecond()
    {
        const int Rounds = 500_000;
        var content = new byte[280];
        var digest = new byte[SHA256.HashSizeInBytes];
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Rounds; i++)
        {
            SHA256.HashData(content, digest);
        }

        return Rounds / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}

/// <summary>A journal of a million events made of an exported file.</summary>
internal sealed class ImportRow : IRow
{
    public string Key => "import";

    public string What => "import of an exported journal, 1M events, each batch held to the chain";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var file = Path.Combine(run.Folder, "journal.ndjson");
        var (exported, imported) = (0.0, 0.0);
        await using (
            var logs = await PostgresLogs.OpenAsync(await run.DatabaseAsync(cancellation), cancellation: cancellation)
        )
        {
            await MillionEvents.WriteAsync(logs, cancellation);
            exported = await Load.OnceAsync(async () =>
            {
                await using var output = File.Create(file);
                return (await new JournalExport(logs.Reader).WriteAsync(output, new(), null, cancellation)).Events;
            });
        }

        try
        {
            imported = await ImportAsync(run, file, cancellation);
        }
        finally
        {
            File.Delete(file);
        }

        return new()
        {
            Ours =
            [
                new("events read, held to the chain and committed", imported, "events/s"),
                new("export of them, uncompressed", exported, "events/s"),
            ],
            Limits =
            [
                await PostgresLimits.CopyAsync(run, 20_000, cancellation),
                await IndexedCopy.MeasureAsync(run, cancellation),
            ],
            Marks = [Mark.AtLeast(imported, 150_000, "events/s")],
            How =
                "From a file on the disk of the run into an empty database, over one connection. The first limit copies rows of "
                + "the same width into a table with one index, the second into one with the journal's three, one connection.",
        };
    }

    private static async Task<double> ImportAsync(BenchRun run, string file, CancellationToken cancellation)
    {
        await using var login = NpgsqlDataSource.Create(await run.DatabaseAsync(cancellation));
        await EventStoreSchema.MigrateAsync(login, cancellation: cancellation);
        return await Load.OnceAsync(async () =>
        {
            await using var input = File.OpenRead(file);
            return await new JournalImport(login).RunAsync(input, null, cancellation) is ImportOutcome.Imported done
                ? done.Events
                : throw new InvalidOperationException("Not imported.");
        });
    }

    private static class IndexedCopy
    {
        public static async Task<Figure> MeasureAsync(BenchRun run, CancellationToken cancellation)
        {
            const int Rows = 20_000;
            const int Rounds = 20;
            await using var database = NpgsqlDataSource.Create(await run.DatabaseAsync(cancellation));
            var rows = new RawRows(database);
            await rows.CreateAsync(cancellation);
            await using (
                var command = database.CreateCommand(
                    "CREATE UNIQUE INDEX ON raw_rows (stream, version); CREATE UNIQUE INDEX ON raw_rows (id)"
                )
            )
            {
                await command.ExecuteNonQueryAsync(cancellation);
            }

            await using var connection = await database.OpenConnectionAsync(cancellation);
            var perSecond = await Load.OnceAsync(async () =>
            {
                for (var i = 0; i < Rounds; i++)
                {
                    await rows.CopyAsync(connection, Rows, cancellation);
                }

                return (long)Rows * Rounds;
            });
            return new($"COPY of {Rows} rows a commit with the journal's indexes, 1 connection", perSecond, "events/s");
        }
    }
}
