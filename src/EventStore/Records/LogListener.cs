using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Postgres;

namespace Trading.EventStore.Records;

/// <summary>Learns of other processes' commits: by notification, and by asking for the head from time to time as a safety
/// net.</summary>
internal sealed class LogListener : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A connection that has died without a word answers nothing: another one is opened before anybody misses commits.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stopping = new();
    private readonly string _log;
    private readonly Func<NpgsqlConnection, CancellationToken, ValueTask<Offset>> _readHead;
    private readonly NpgsqlDataSource _source;
    private readonly Action<Offset> _seen;
    private readonly Func<int, bool> _isOwnWriter;
    private readonly EventStoreOptions _options;
    private readonly LogMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Task _running;

    /// <param name="log">The log's name; its notifications come on the channel <c>trading_</c>name.</param>
    /// <param name="source">Where to connect.</param>
    /// <param name="readHead">Asks for the head.</param>
    /// <param name="seen">Told of every head.</param>
    /// <param name="isOwnWriter">Knows the server processes of this process's writers, whose commits are handed over directly.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="metrics">Counters.</param>
    /// <param name="logger">Log.</param>
    public LogListener(
        string log,
        NpgsqlDataSource source,
        Func<NpgsqlConnection, CancellationToken, ValueTask<Offset>> readHead,
        Action<Offset> seen,
        Func<int, bool> isOwnWriter,
        EventStoreOptions options,
        LogMetrics metrics,
        ILogger logger
    )
    {
        (_log, _source, _readHead, _seen, _isOwnWriter) = (log, source, readHead, seen, isOwnWriter);
        (_options, _metrics, _logger) = (options, metrics, logger);
        Pulse = new(TimeProvider.System, Pulse.Patience + options.PollInterval);
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Beats with every head that it learns: at least once in each poll interval.</summary>
    public Pulse Pulse { get; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = FirstPause;
        // It always has something to do: to listen.
        Pulse.Begin();
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync(_stopping.Token);
                connection.Notification += (_, notification) => Take(notification);
                await using (var listen = new NpgsqlCommand($"LISTEN trading_{_log}", connection))
                {
                    listen.CommandTimeout = (int)AnswerWithin.TotalSeconds;
                    await listen.ExecuteNonQueryAsync(_stopping.Token);
                }

                pause = FirstPause;
                while (true)
                {
                    _seen(await ReadHeadAsync(connection));
                    // Nothing is told at a server where nothing is committed any more.
                    if (!_options.ReadOnly && WrongServers.IsOne(connection))
                    {
                        throw new WrongServerException($"{connection.Host}:{connection.Port}");
                    }

                    Pulse.Advance();
                    await ListenAsync(connection, _options.PollInterval);
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is NpgsqlException || DatabaseFailure.LeavesUnknown(failure))
            {
                _metrics.ListenerFailed();
                _logger.ListenerFailed(_log, pause, failure);
                await Task.Delay(pause, _stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    // However much is told: who is told without end would never look where it is told from.
    private async Task ListenAsync(NpgsqlConnection connection, TimeSpan time)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (time - TimeProvider.System.GetElapsedTime(start) is { TotalMilliseconds: >= 1 } left)
        {
            if (!await connection.WaitAsync(left, _stopping.Token))
            {
                return;
            }

            Pulse.Advance();
        }
    }

    private async Task<Offset> ReadHeadAsync(NpgsqlConnection connection)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(AnswerWithin);
        try
        {
            return await _readHead(connection, patience.Token);
        }
        catch (OperationCanceledException silent) when (!_stopping.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer within {AnswerWithin}.", silent);
        }
    }

    private void Take(NpgsqlNotificationEventArgs notification)
    {
        if (
            !_isOwnWriter(notification.PID)
            && long.TryParse(notification.Payload, NumberStyles.None, CultureInfo.InvariantCulture, out var head)
        )
        {
            _seen(new(head));
        }
    }
}
