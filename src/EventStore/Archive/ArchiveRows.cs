using System.Buffers.Binary;
using System.IO.Compression;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore.Market;
using Trading.EventStore.Records;

namespace Trading.EventStore.Archive;

/// <summary>The form of an archive file: gzip over records, each its length in 4 bytes (big endian) and then a row of a binary
/// COPY with the columns below.</summary>
internal static class ArchiveRows
{
    /// <summary>The columns of a record.</summary>
    public const string Columns =
        "first_offset, last_offset, stream_id, last_version, epoch, record_id, recorded_at, ticks";

    private const int LongestRow = 64 * 1024 * 1024;

    /// <summary>Writes one record.</summary>
    public static void Write(Stream output, ReadOnlySpan<byte> row)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, row.Length);
        output.Write(length);
        output.Write(row);
    }

    /// <summary>The records of a file, in order.</summary>
    /// <exception cref="InvalidDataException">The file is cut short or is no such file.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 256 * 1024);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        var head = new byte[4];
        while (gzip.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) is var read and > 0)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(head);
            if (read < head.Length || length is <= 0 or > LongestRow)
            {
                throw new InvalidDataException($"{path} is not whole.");
            }

            var row = new byte[length];
            if (gzip.ReadAtLeast(row, length, throwOnEndOfStream: false) < length)
            {
                throw new InvalidDataException($"{path} is cut short.");
            }

            yield return row;
        }
    }

    /// <summary>A record as readers of the log know it.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static TickBlock Decode(
        ReadOnlyMemory<byte> row,
        IReadOnlyDictionary<long, string> streams,
        TickBlockCodec codec
    )
    {
        var fields = new RowFields(row);
        var first = new Offset(fields.Int64());
        var last = new Offset(fields.Int64());
        var stream = fields.Int64();
        fields.Next();
        fields.Next();
        fields.Next();
        var recordedAt = fields.Time();
        var block = new TickBlock(
            first,
            streams.TryGetValue(stream, out var name)
                ? StreamName.Parse(name)
                : throw new InvalidDataException(
                    $"The record at {first} is of stream number {stream}, which has no name."
                ),
            recordedAt,
            codec.Decode(fields.Next())
        );
        return block.Last == last
            ? block
            : throw new InvalidDataException($"The record at {first} has another number of ticks.");
    }
}
