using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore.Market;
using Trading.EventStore.Records;

namespace Trading.EventStore.Verification;

/// <summary>One run over the market log.</summary>
internal sealed class MarketVerification(NpgsqlDataSource source)
{
    private const int PageRecords = 256;

    private readonly TickBlockCodec _codec = new();
    private readonly Dictionary<long, long> _versions = [];
    private long? _last;

    public async IAsyncEnumerable<Finding> RunAsync(
        IProgress<Offset>? progress,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var reached = -1L;
        while (true)
        {
            await using var connection = await source.OpenConnectionAsync(cancellation);
            var rows = await BinaryCopy.ReadRowsAsync(
                connection,
                "SELECT first_offset, last_offset, stream_id, last_version, ticks FROM eventstore.market "
                    + $"WHERE first_offset > {reached} ORDER BY first_offset LIMIT {PageRecords}",
                cancellation
            );
            if (rows.Count == 0)
            {
                yield break;
            }

            foreach (var row in rows)
            {
                foreach (var finding in Judge(row))
                {
                    yield return finding;
                }

                reached = new RowFields(row).Int64();
            }

            progress?.Report(new(_last ?? 0));
        }
    }

    private IEnumerable<Finding> Judge(ReadOnlyMemory<byte> row)
    {
        var (first, last, stream, version, count) = Read(row);
        // Retention may have taken what stood before the first record.
        if (_last is { } before && first != before + 1)
        {
            yield return new(
                FindingKind.MissingOffset,
                new(first),
                $"The record at {first} follows one that ends at {before}."
            );
        }

        var expected = _versions.TryGetValue(stream, out var known) ? known + last - first + 1 : version;
        if (version != expected)
        {
            yield return new(
                FindingKind.WrongVersion,
                new(first),
                $"The record at {first} ends with version {version} of its stream, not {expected}."
            );
        }

        if (count != last - first + 1)
        {
            yield return new(
                FindingKind.Undecodable,
                new(first),
                count < 0
                    ? $"The ticks of the record at {first} cannot be read."
                    : $"The record at {first} has {count} ticks, not {last - first + 1}."
            );
        }

        _last = last;
        _versions[stream] = version;
    }

    private (long First, long Last, long Stream, long Version, int Count) Read(ReadOnlyMemory<byte> row)
    {
        var fields = new RowFields(row);
        var (first, last, stream, version) = (fields.Int64(), fields.Int64(), fields.Int64(), fields.Int64());
        try
        {
            return (first, last, stream, version, _codec.Decode(fields.Next()).Length);
        }
        catch (InvalidDataException)
        {
            return (first, last, stream, version, -1);
        }
    }
}
