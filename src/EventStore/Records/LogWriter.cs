using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>Commits batches over one connection of its own and carries them over failures: what the server refused for a
/// passing reason is tried again; what was lost with the connection is first settled, then tried again.</summary>
internal sealed class LogWriter<TRequest>(
    IAppendCall<TRequest> call,
    WriterConnection connection,
    EventStoreOptions options,
    TimeProvider time,
    LogMetrics metrics,
    ILogger logger,
    Func<Offset> knownHead
)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Answers every request of the batch, come what may.</summary>
    public async Task CommitAsync(IReadOnlyList<Pending<TRequest>> batch, CancellationToken stopping)
    {
        try
        {
            await CommitAsync(batch, new Patience(time, options.AppendDeadline), stopping);
        }
        catch (Exception reason)
        {
            // The callers are told; the writer goes on with the next batch.
            foreach (var pending in batch)
            {
                pending.Fail(reason);
            }
        }
    }

    private async Task CommitAsync(
        IReadOnlyList<Pending<TRequest>> batch,
        Patience patience,
        CancellationToken stopping
    )
    {
        var open = batch;
        while (open.Count > 0)
        {
            var batchId = Guid.CreateVersion7(time.GetUtcNow());
            var headBefore = knownHead();
            var requests = open.Select(pending => pending.Request).ToArray();
            try
            {
                var started = time.GetTimestamp();
                var committed = await call.ExecuteAsync(
                    await connection.OpenAsync(stopping),
                    batchId,
                    requests,
                    CancellationToken.None
                );
                metrics.Committed(open.Sum(pending => pending.Events), time.GetElapsedTime(started));
                Answer(open, committed.Outcomes);
                call.Publish(requests, committed);
                return;
            }
            catch (PostgresException refused) when (!IsUnknown(refused))
            {
                if (IsPassing(refused))
                {
                    metrics.Retried(refused.SqlState);
                    logger.CommitRefused(call.Name, refused.SqlState, refused);
                    await patience.PauseAsync(call.Name, refused, stopping);
                }
                else if (open.Count > 1)
                {
                    // One of them is impossible; it must not take its neighbours with it.
                    foreach (var pending in open)
                    {
                        await CommitAsync([pending], stopping);
                    }

                    return;
                }
                else
                {
                    throw;
                }
            }
            catch (Exception lost) when (IsLostConnection(lost))
            {
                metrics.Retried("connection_lost");
                logger.CommitUnknown(call.Name, lost);
                await connection.DropAsync();
                await patience.PauseAsync(call.Name, lost, stopping);
                open = await SettleAsync(open, requests, batchId, headBefore, patience, stopping);
            }
        }
    }

    // Gives back the requests that are certainly not in the log.
    private async Task<IReadOnlyList<Pending<TRequest>>> SettleAsync(
        IReadOnlyList<Pending<TRequest>> open,
        IReadOnlyList<TRequest> requests,
        Guid batchId,
        Offset headBefore,
        Patience patience,
        CancellationToken stopping
    )
    {
        while (true)
        {
            try
            {
                var fresh = await connection.OpenAsync(stopping);
                await connection.EndPredecessorsAsync(stopping);
                var found = await call.SettleAsync(fresh, batchId, headBefore, requests, stopping);
                var left = new List<Pending<TRequest>>();
                for (var i = 0; i < open.Count; i++)
                {
                    if (found[i] is { } appended)
                    {
                        open[i].Answer(appended);
                    }
                    else
                    {
                        left.Add(open[i]);
                    }
                }

                logger.Settled(call.Name, open.Count - left.Count, open.Count);
                return left;
            }
            catch (Exception failed) when (IsLostConnection(failed) || failed is PostgresException)
            {
                logger.SettleFailed(call.Name, failed);
                await connection.DropAsync();
                await patience.PauseAsync(call.Name, failed, stopping);
            }
        }
    }

    private void Answer(IReadOnlyList<Pending<TRequest>> open, IReadOnlyList<AppendOutcome> outcomes)
    {
        var appended = 0;
        for (var i = 0; i < open.Count; i++)
        {
            open[i].Answer(outcomes[i]);
            if (outcomes[i] is AppendOutcome.Appended)
            {
                appended++;
            }
            else
            {
                metrics.Answered(outcomes[i].GetType().Name, 1);
            }
        }

        metrics.Answered(nameof(AppendOutcome.Appended), appended);
    }

    // The server process was ended, perhaps between its commit and its answer.
    private static bool IsUnknown(PostgresException refused) =>
        refused.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || refused.SqlState.StartsWith("08", StringComparison.Ordinal)
        || refused.SqlState == "40003";

    // Lock or statement timeout, deadlock, resources, read-only during a fail-over
    private static bool IsPassing(PostgresException refused) =>
        refused.SqlState is "55P03" or "57014" or "40001" or "40P01" or "25006"
        || refused.SqlState.StartsWith("53", StringComparison.Ordinal);

    private static bool IsLostConnection(Exception failure) =>
        failure is NpgsqlException or IOException or SocketException or TimeoutException;

    /// <summary>Growing pauses until a deadline.</summary>
    private sealed class Patience(TimeProvider time, TimeSpan deadline)
    {
        private readonly long _started = time.GetTimestamp();
        private TimeSpan _pause = FirstPause;

        public async Task PauseAsync(string log, Exception reason, CancellationToken stopping)
        {
            if (stopping.IsCancellationRequested || time.GetElapsedTime(_started) > deadline)
            {
                throw new LogUnavailableException($"The {log} could not be written to.", reason);
            }

            await Task.Delay(_pause, time, stopping);
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        }
    }
}
