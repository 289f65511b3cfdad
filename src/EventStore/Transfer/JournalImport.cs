using System.Threading.Channels;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore.Verification;

namespace Trading.EventStore.Transfer;

/// <summary>Makes a journal out of what <see cref="JournalExport"/> wrote: same offsets, same versions, same chain. Every batch
/// is held to its hash before it is committed. What was begun and interrupted goes on where it stopped; a journal that is not
/// the beginning of the file's is refused and nothing is written.</summary>
/// <param name="login">Connects as a login that was granted the owner role, to a database that has the schema.</param>
public sealed class JournalImport(NpgsqlDataSource login)
{
    // Any number that nobody else locks: "import" in ASCII.
    private const long ImportLock = 0x696D706F7274;
    private const int GroupsAhead = 2;

    /// <summary>Reads the file to its end; the stream stays the caller's.</summary>
    /// <param name="file">Lines, not compressed.</param>
    /// <param name="progress">Told of the offset reached, once a commit.</param>
    /// <param name="cancellation">Stops after the commit that is under way: what is committed stays.</param>
    /// <exception cref="PostgresException">The login lacks a right.</exception>
    public async Task<ImportOutcome> RunAsync(
        Stream file,
        IProgress<Offset>? progress = null,
        CancellationToken cancellation = default
    )
    {
        await using var connection = await login.OpenConnectionAsync(cancellation);
        // What a crash takes back is imported again; the end is waited for below.
        await ExecuteAsync(
            connection,
            $"SET ROLE {EventStoreSchema.OwnerRole}; SET synchronous_commit = off",
            cancellation
        );
        if (!await LockAsync(connection, cancellation))
        {
            return new ImportOutcome.Refused("Another import into this database is under way.");
        }

        try
        {
            return await RunAsync(connection, file, progress, cancellation);
        }
        catch (InvalidDataException wrong)
        {
            return new ImportOutcome.Refused(wrong.Message);
        }
        finally
        {
            await ExecuteAsync(
                connection,
                $"SELECT pg_advisory_unlock({ImportLock}); RESET ROLE; RESET synchronous_commit",
                CancellationToken.None
            );
        }
    }

    private async Task<ImportOutcome> RunAsync(
        NpgsqlConnection connection,
        Stream file,
        IProgress<Offset>? progress,
        CancellationToken cancellation
    )
    {
        var verifier = new LogVerifier(login);
        var before = await verifier.HeadAsync(cancellation);
        var source = new ImportFile(file, before);
        var groups = Channel.CreateBounded<ImportGroup>(GroupsAhead);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = Task.Run(() => ReadAsync(source, groups.Writer, stop.Token), CancellationToken.None);
        try
        {
            var (writer, junction) = (new ImportWriter(connection), new Junction(before));
            await foreach (var group in groups.Reader.ReadAllAsync(cancellation))
            {
                if (junction.Rest(group) is { } rest)
                {
                    // Not to be cut off in the middle: a commit is short.
                    await writer.WriteAsync(rest, CancellationToken.None);
                }

                progress?.Report(new(group.Batches[^1].Link.Last));
                cancellation.ThrowIfCancellationRequested();
            }

            await reading;
            junction.End();
            await writer.WriteKeysAsync(source.Keys, cancellation);
            // A commit that is waited for puts all before it on disk as well.
            await ExecuteAsync(
                connection,
                "SET synchronous_commit = on; SELECT pg_current_xact_id()",
                CancellationToken.None
            );
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        var head = await verifier.HeadAsync(cancellation);
        return new ImportOutcome.Imported(head.Offset.Value - before.Offset.Value, source.Keys.Count, head);
    }

    private static async Task ReadAsync(
        ImportFile source,
        ChannelWriter<ImportGroup> groups,
        CancellationToken cancellation
    )
    {
        try
        {
            while (source.Next() is { } group)
            {
                await groups.WriteAsync(group, cancellation);
            }

            groups.Complete();
        }
        catch (Exception broken)
        {
            // Whoever takes the groups gets it.
            groups.Complete(broken);
        }
    }

    private static async Task<bool> LockAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"SELECT pg_try_advisory_lock({ImportLock})", connection);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}

/// <summary>What came of an import.</summary>
public abstract record ImportOutcome
{
    private ImportOutcome() { }

    /// <summary>All of the file is in the journal.</summary>
    /// <param name="Events">How many were not in it before.</param>
    /// <param name="Keys">How many users' keys came with it.</param>
    /// <param name="Head">The chain's end: the same as where the file was made.</param>
    public sealed record Imported(long Events, int Keys, ChainHead Head) : ImportOutcome;

    /// <summary>The file or the journal was not as it must be. What was committed before this was found out is whole, and
    /// stays.</summary>
    /// <param name="Reason">In words.</param>
    public sealed record Refused(string Reason) : ImportOutcome;
}
