using Npgsql;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>Where the records of one log are read from, in chunks of consecutive offsets.</summary>
internal interface IRecordSource<TChunk>
{
    /// <summary>The log's name: <c>journal</c> or <c>market</c>.</summary>
    string Name { get; }

    /// <summary>The offset of the newest event.</summary>
    ValueTask<Offset> HeadAsync(CancellationToken cancellation);

    /// <summary>The chunks of everything after one offset up to another.</summary>
    IAsyncEnumerable<TChunk> ReadAsync(Offset after, Offset upTo, CancellationToken cancellation);

    /// <summary>The offset of a chunk's last event.</summary>
    Offset LastOf(TChunk chunk);

    /// <summary>What of a chunk stands after an offset inside it.</summary>
    TChunk CutAfter(TChunk chunk, Offset after);
}

/// <summary>Records in a table.</summary>
internal interface IRecordTable<TChunk> : IRecordSource<TChunk>
{
    /// <summary>The offset of the newest event, as a connection sees it.</summary>
    ValueTask<Offset> HeadAsync(NpgsqlConnection connection, CancellationToken cancellation);
}
