using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore.Records;

namespace Trading.EventStore.Market;

/// <summary>The market log on PostgreSQL. One instance per process; it holds one connection that writes and one that
/// listens, and takes others from its pool for reading.</summary>
public sealed class PostgresTickLog : ITickLog, ITickHistory, IAsyncDisposable
{
    /// <summary>Most ticks in one append.</summary>
    public const int MaxTicks = TickBlockCodec.MaxTicks;

    // The writers of ticks are few and their records small: one commit at a time keeps up.
    private const int Lanes = 1;

    private readonly PostgresConnections _connections;
    private readonly MarketHistory _history;
    private readonly RecordLog<MarketRequest, TickBlock> _log;
    private readonly TimeProvider _time;

    internal PostgresTickLog(
        PostgresConnections connections,
        EventStoreOptions options,
        TimeProvider time,
        ILogger logger
    )
    {
        (_connections, _time) = (connections, time);
        _history = new(connections);
        _log = new(
            new MarketSource(connections, options, time),
            tail => new MarketAppendCall(tail),
            Lanes,
            connections,
            options,
            time,
            logger
        );
    }

    /// <summary>Beats as long as the log hears of other processes' commits.</summary>
    public Pulse Listening => _log.Listening;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">No ticks, or more than <see cref="MaxTicks"/>.</exception>
    /// <exception cref="LogUnavailableException">The database could not be reached for too long; whether the ticks are in the
    /// log is not known.</exception>
    public ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    )
    {
        var request = MarketRequest.From(feed, epoch, ticks, Guid.CreateVersion7(_time.GetUtcNow()));
        return _log.AppendAsync(request, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation) =>
        // A claim lost with its connection is simply made again: raising the epoch twice harms nobody.
        _connections.RunAsync("market", (connection, ct) => ClaimAsync(connection, feed, ct), cancellation);

    /// <inheritdoc/>
    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => _log.HeadAsync(cancellation);

    /// <inheritdoc/>
    /// <exception cref="OffsetBeyondHeadException">The log does not reach as far as <paramref name="after"/>.</exception>
    public IAsyncEnumerable<TickBlock> ReadAsync(Offset after, CancellationToken cancellation) =>
        _log.ReadAsync(after, cancellation);

    /// <inheritdoc/>
    /// <exception cref="OffsetBeyondHeadException">The log does not reach as far as <paramref name="after"/>.</exception>
    public IAsyncEnumerable<TickBlock> SubscribeAsync(Offset after, CancellationToken cancellation) =>
        _log.SubscribeAsync(after, cancellation);

    /// <inheritdoc/>
    public ValueTask<Offset> OffsetAtAsync(DateTimeOffset moment, CancellationToken cancellation) =>
        _history.OffsetAtAsync(moment, cancellation);

    /// <inheritdoc/>
    public ValueTask<PastTick?> NewestAsync(
        StreamName feed,
        SymbolName symbol,
        Offset upTo,
        CancellationToken cancellation
    ) => _history.NewestAsync(feed, symbol, upTo, cancellation);

    /// <summary>Commits what is queued and closes the connections that write and listen.</summary>
    public ValueTask DisposeAsync() => _log.DisposeAsync();

    private static async ValueTask<StreamClaim> ClaimAsync(
        NpgsqlConnection connection,
        StreamName feed,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand("SELECT * FROM eventstore.market_claim($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = feed.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return new(new(reader.GetInt64(0)), new(reader.GetInt64(1)));
    }
}
