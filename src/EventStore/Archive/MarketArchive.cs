using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore.Market;
using Trading.EventStore.Records;

namespace Trading.EventStore.Archive;

/// <summary>Moves old partitions of the market log into compressed files and drops them then. In this order: the file is
/// written, flushed and read back; the manifest names it; the partition is dropped. Killed anywhere, no tick is lost: run again,
/// it goes on where it stopped.</summary>
/// <param name="login">Connects as a login that was granted the owner role.</param>
/// <param name="folder">The archive folder; made when missing. One writer at a time.</param>
/// <param name="logger">Says what was dropped.</param>
public sealed class MarketArchive(NpgsqlDataSource login, string folder, ILogger? logger = null)
{
    private readonly MarketRetention _retention = new(login, logger);

    /// <summary>Archives every partition whose newest tick was recorded before a moment, oldest first. The newest partition
    /// that holds ticks stays in any case.</summary>
    /// <param name="moment">Younger ticks stay.</param>
    /// <param name="archived">Told of each file once its partition is dropped.</param>
    /// <param name="progress">Told of the offset up to which ticks stand in a file, once a record.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <param name="cutNewest">When no whole partition is to go, cut the newest one, so that all but its newest record goes.</param>
    /// <returns>The files that were added.</returns>
    /// <exception cref="InvalidDataException">A file did not read back as it was written, or the manifest is damaged: nothing
    /// was dropped for it.</exception>
    public async Task<IReadOnlyList<ArchiveFile>> RunAsync(
        DateTimeOffset moment,
        IProgress<ArchiveFile>? archived = null,
        IProgress<Offset>? progress = null,
        CancellationToken cancellation = default,
        bool cutNewest = false
    )
    {
        Directory.CreateDirectory(folder);
        var added = new List<ArchiveFile>();
        await _retention.DropBeforeAsync(
            moment,
            async (partition, connection) =>
            {
                var manifest = ArchiveManifest.Read(folder);
                var file =
                    manifest.Files.FirstOrDefault(file => file.Name == NameOf(partition))
                    ?? await WriteAsync(connection, partition, progress, cancellation);
                if (ArchiveVerifier.Check(folder, file) is { } damage)
                {
                    throw new InvalidDataException($"{file.Name}: {damage} Its partition was not dropped.");
                }

                if (!manifest.Files.Contains(file))
                {
                    new ArchiveManifest { Files = [.. manifest.Files.Append(file).OrderBy(f => f.First)] }.Write(
                        folder
                    );
                }

                added.Add(file);
                archived?.Report(file);
            },
            cancellation,
            cutNewest
        );
        return added;
    }

    private static string NameOf(string partition) => $"{partition}.ticks.gz";

    private async Task<ArchiveFile> WriteAsync(
        NpgsqlConnection connection,
        string partition,
        IProgress<Offset>? progress,
        CancellationToken cancellation
    )
    {
        var path = Path.Combine(folder, NameOf(partition));
        var draft = $"{path}.part";
        var (first, last, records, recordedTo) = (0L, 0L, 0L, DateTimeOffset.MinValue);
        var streams = new HashSet<long>();
        await using (var file = File.Create(draft))
        {
            await using (var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
            {
                await BinaryCopy.EachRowAsync(
                    connection,
                    $"SELECT {ArchiveRows.Columns} FROM eventstore.{partition} ORDER BY first_offset",
                    row =>
                    {
                        var fields = new RowFields(row);
                        var begin = fields.Int64();
                        (first, last) = (records == 0 ? begin : first, fields.Int64());
                        streams.Add(fields.Int64());
                        fields.Next();
                        fields.Next();
                        fields.Next();
                        recordedTo = fields.Time();
                        records++;
                        ArchiveRows.Write(gzip, row.Span);
                        progress?.Report(new(last));
                    },
                    cancellation
                );
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        var names = await new StreamNames("market").OfAsync(connection, streams, cancellation);
        await using var written = File.OpenRead(path);
        return new()
        {
            Name = Path.GetFileName(path),
            First = first,
            Last = last,
            Records = records,
            RecordedTo = recordedTo,
            Bytes = written.Length,
            Sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(written, cancellation)),
            Streams = names.ToDictionary(pair => pair.Key, pair => pair.Value.Value),
        };
    }
}
