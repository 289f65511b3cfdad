using System.Security.Cryptography;
using Trading.Domain.Logs;
using Trading.EventStore.Market;
using Trading.EventStore.Records;
using Trading.EventStore.Verification;

namespace Trading.EventStore.Archive;

/// <summary>Proves, or disproves, that an archive folder is whole. Needs no database.</summary>
public static class ArchiveVerifier
{
    /// <summary>What is wrong with a folder: files missing or not those of the manifest, ticks missing, records that cannot be
    /// read.</summary>
    /// <param name="folder">An archive folder.</param>
    /// <param name="oldest">The first offset that the log itself still holds, to see that nothing is missing in between; null
    /// when there is no log to compare with.</param>
    public static IEnumerable<Finding> Verify(string folder, Offset? oldest = null)
    {
        ArchiveManifest? manifest = null;
        string? unreadable = null;
        try
        {
            manifest = ArchiveManifest.Read(folder);
        }
        catch (InvalidDataException damage)
        {
            unreadable = damage.Message;
        }

        if (manifest is null)
        {
            yield return Damaged(0, unreadable!);
            yield break;
        }

        var last = 0L;
        foreach (var file in manifest.Files)
        {
            if (last > 0 && file.First != last + 1)
            {
                yield return new(
                    FindingKind.MissingOffset,
                    new(last + 1),
                    $"Between the archive files that end at {last} and begin at {file.First} ticks are missing."
                );
            }

            if (Check(folder, file) is { } damage)
            {
                yield return Damaged(file.First, $"{file.Name}: {damage}");
            }

            last = file.Last;
        }

        if (last > 0 && oldest is { } begin && begin.Value > last + 1)
        {
            yield return new(
                FindingKind.MissingOffset,
                new(last + 1),
                $"The archive ends at {last}, the market log begins at {begin}: what stood in between is lost."
            );
        }
    }

    /// <summary>What is wrong with a file; null when nothing is.</summary>
    internal static string? Check(string folder, ArchiveFile file)
    {
        var path = Path.Combine(folder, file.Name);
        try
        {
            using (var stream = File.OpenRead(path))
            {
                if (Convert.ToHexStringLower(SHA256.HashData(stream)) != file.Sha256)
                {
                    return "it is not the file that was archived (its SHA-256 differs).";
                }
            }

            return CheckRecords(path, file);
        }
        catch (Exception damage) when (damage is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return damage.Message;
        }
    }

    private static string? CheckRecords(string path, ArchiveFile file)
    {
        var (codec, next, records) = (new TickBlockCodec(), file.First, 0L);
        foreach (var row in ArchiveRows.Read(path))
        {
            var first = new RowFields(row).Int64();
            if (first != next)
            {
                return $"its record at {first} should begin at {next}.";
            }

            next = ArchiveRows.Decode(row, file.Streams, codec).Last.Value + 1;
            records++;
        }

        return next == file.Last + 1 && records == file.Records
            ? null
            : $"it ends at {next - 1} with {records} records, not at {file.Last} with {file.Records}.";
    }

    private static Finding Damaged(long offset, string detail) => new(FindingKind.DamagedArchive, new(offset), detail);
}
