using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore.Market;

namespace Trading.EventStore.Archive;

/// <summary>Reads the files of an archive folder.</summary>
internal sealed class ArchiveReader(string folder)
{
    private readonly TickBlockCodec _codec = new();

    /// <summary>The files, oldest first, as the manifest names them now.</summary>
    public IReadOnlyList<ArchiveFile> Files => ArchiveManifest.Read(folder).Files;

    /// <summary>What is archived after an offset; a block that begins earlier is cut.</summary>
    /// <exception cref="LogDamagedException">A file is not whole.</exception>
    public IEnumerable<TickBlock> BlocksAfter(Offset after, CancellationToken cancellation)
    {
        foreach (var file in Files.Where(file => file.Last > after.Value))
        {
            foreach (var block in BlocksOf(file))
            {
                cancellation.ThrowIfCancellationRequested();
                if (block.Last > after)
                {
                    yield return MarketSource.Cut(block, after);
                }
            }
        }
    }

    /// <summary>The records of one file.</summary>
    /// <exception cref="LogDamagedException">The file is not whole.</exception>
    public IEnumerable<TickBlock> BlocksOf(ArchiveFile file)
    {
        using var rows = ArchiveRows.Read(Path.Combine(folder, file.Name)).GetEnumerator();
        while (true)
        {
            TickBlock block;
            try
            {
                if (!rows.MoveNext())
                {
                    yield break;
                }

                block = ArchiveRows.Decode(rows.Current, file.Streams, _codec);
            }
            catch (Exception damage) when (damage is InvalidDataException or IOException or FormatException)
            {
                throw new LogDamagedException($"The archive file {file.Name} cannot be read: {damage.Message}");
            }

            yield return block;
        }
    }
}
