using System.Buffers.Binary;
using Npgsql;

namespace Trading.EventStore.Records;

/// <summary>Reads the rows of a query through PostgreSQL's binary COPY: the rows arrive as they are on the wire, in the form
/// <c>field count, (length, bytes)*</c>, without a call per field, and are decoded where they lie.</summary>
internal static class BinaryCopy
{
    // Below the size from which the runtime puts arrays on the heap that is rarely collected.
    private const int ChunkSize = 64 * 1024;

    // Signature (11 bytes), flags, length of an extension that nobody sends
    private const int HeaderSize = 19;

    /// <summary>All rows of a query, to be kept. Rows share arrays: keeping one keeps its neighbours.</summary>
    public static async Task<List<ReadOnlyMemory<byte>>> ReadRowsAsync(
        NpgsqlConnection connection,
        string query,
        CancellationToken cancellation
    )
    {
        var rows = new List<ReadOnlyMemory<byte>>();
        await ReadAsync(connection, query, keep: true, rows.Add, cancellation);
        return rows;
    }

    /// <summary>Hands out the rows of a query one by one; each is gone when the next one comes.</summary>
    public static Task EachRowAsync(
        NpgsqlConnection connection,
        string query,
        Action<ReadOnlyMemory<byte>> row,
        CancellationToken cancellation
    ) => ReadAsync(connection, query, keep: false, row, cancellation);

    private static async Task ReadAsync(
        NpgsqlConnection connection,
        string query,
        bool keep,
        Action<ReadOnlyMemory<byte>> row,
        CancellationToken cancellation
    )
    {
        await using var stream = await connection.BeginRawBinaryCopyAsync(
            $"COPY ({query}) TO STDOUT (FORMAT BINARY)",
            cancellation
        );
        var buffer = GC.AllocateUninitializedArray<byte>(ChunkSize);
        var start = 0;
        var end = 0;
        var headerSeen = false;
        while (true)
        {
            if (end == buffer.Length)
            {
                var rest = buffer.AsSpan(start, end - start);
                var next =
                    keep || start == 0
                        ? GC.AllocateUninitializedArray<byte>(Math.Max(ChunkSize, rest.Length * 2))
                        : buffer;
                rest.CopyTo(next);
                (start, end, buffer) = (0, rest.Length, next);
            }

            var read = await stream.ReadAsync(buffer.AsMemory(end), cancellation);
            if (read == 0)
            {
                return;
            }

            end += read;
            if (!headerSeen)
            {
                if (end < HeaderSize)
                {
                    continue;
                }

                headerSeen = true;
                start = HeaderSize;
            }

            while (RowLength(buffer.AsSpan(start, end - start)) is var length and > 0)
            {
                row(buffer.AsMemory(start, length));
                start += length;
            }
        }
    }

    // 0: not all of it is here yet, or it is the trailer.
    private static int RowLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
        {
            return 0;
        }

        int fields = BinaryPrimitives.ReadInt16BigEndian(bytes);
        var length = 2;
        for (var i = 0; i < fields; i++)
        {
            if (bytes.Length < length + 4)
            {
                return 0;
            }

            length += 4 + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(bytes[length..]));
        }

        return fields > 0 && bytes.Length >= length ? length : 0;
    }
}
