using Microsoft.Extensions.Logging;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore.Records;
using Trading.EventStore.Secrets;

namespace Trading.EventStore.Journal;

/// <summary>The journal on PostgreSQL. One instance per process; it holds one connection that writes and one that listens,
/// and takes others from its pool for reading.</summary>
public sealed class PostgresEventLog : IEventLog, IJournalHistory, IAsyncDisposable
{
    // Storms of events are bound by the server: while one batch is inserted, the next is sent.
    private const int Lanes = 2;

    private readonly PostgresConnections _connections;
    private readonly UserKeys? _keys;
    private readonly JournalSource _table;
    private readonly RecordLog<JournalRequest, IReadOnlyList<RecordedEvent>> _log;

    internal PostgresEventLog(
        PostgresConnections connections,
        EventStoreOptions options,
        UserKeys? keys,
        TimeProvider time,
        ILogger logger
    )
    {
        (_connections, _keys) = (connections, keys);
        _table = new(connections, options, keys, time);
        _log = new(_table, tail => new JournalAppendCall(tail), Lanes, connections, options, time, logger);
    }

    /// <summary>Beats as long as the log hears of other processes' commits.</summary>
    public Pulse Listening => _log.Listening;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The request has no events, too many, or the same event id twice.</exception>
    /// <exception cref="LogUnavailableException">The database could not be reached for too long; whether the events are in the
    /// log is not known.</exception>
    public async ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await _log.AppendAsync(
            JournalRequest.From(request, await SealingKeysAsync(request, cancellation)),
            cancellation
        );
    }

    /// <inheritdoc/>
    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => _log.HeadAsync(cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => _table.ReadStreamAsync(stream, after, cancellation);

    /// <inheritdoc/>
    /// <exception cref="LogDamagedException">A version is missing.</exception>
    public ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => _table.StartReplayAsync(stream, after, cancellation);

    /// <inheritdoc/>
    /// <exception cref="LogDamagedException">A version is missing.</exception>
    public IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => _table.ReplayAsync(stream, after, cancellation);

    /// <inheritdoc/>
    /// <exception cref="OffsetBeyondHeadException">The log does not reach as far as <paramref name="after"/>.</exception>
    /// <exception cref="LogDamagedException">An offset is missing.</exception>
    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(Offset after, CancellationToken cancellation) =>
        _log.ReadAsync(after, cancellation);

    /// <inheritdoc/>
    /// <exception cref="OffsetBeyondHeadException">The log does not reach as far as <paramref name="after"/>.</exception>
    /// <exception cref="LogDamagedException">An offset is missing.</exception>
    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        CancellationToken cancellation
    ) => _log.SubscribeAsync(after, cancellation);

    /// <inheritdoc/>
    public ValueTask<Offset> OffsetAtAsync(DateTimeOffset moment, CancellationToken cancellation) =>
        _table.OffsetAtAsync(moment, cancellation);

    /// <inheritdoc/>
    public ValueTask<RecordedEvent?> FindAsync(Offset offset, CancellationToken cancellation) =>
        _table.FindAsync(offset, cancellation);

    // The keys of the users of whom something personal is to be written.
    private async ValueTask<Dictionary<UserKey, UserDataKey>?> SealingKeysAsync(
        AppendRequest request,
        CancellationToken cancellation
    )
    {
        Dictionary<UserKey, UserDataKey>? found = null;
        if (_keys is null)
        {
            return found;
        }

        foreach (var e in request.Events)
        {
            if (e.User is { } user && found?.ContainsKey(user) is not true && PersonalFields.AnyIn(e.Payload))
            {
                found ??= [];
                found.Add(
                    user,
                    await _connections.TryAsync("journal", ct => _keys.FindOrMakeAsync(user, ct), cancellation)
                );
            }
        }

        return found;
    }

    /// <summary>Commits what is queued and closes the connections that write and listen.</summary>
    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
