using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain.Logs;
using Trading.Postgres;

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
    where TRequest : IAppendable
{
    /// <summary>Answers every request of the batch, come what may.</summary>
    public async Task CommitAsync(IReadOnlyList<Pending<TRequest>> batch, CancellationToken stopping)
    {
        try
        {
            await CommitAsync(batch, new Patience(call.Name, time, options.Deadline), stopping);
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
                metrics.Committed(open.Sum(pending => pending.Request.Count), time.GetElapsedTime(started));
                Answer(open, committed.Outcomes);
                call.Publish(requests, committed);
                return;
            }
            catch (PostgresException refused) when (!DatabaseFailure.LeavesUnknown(refused))
            {
                if (DatabaseFailure.Passes(refused))
                {
                    metrics.Retried(refused.SqlState);
                    logger.CommitRefused(call.Name, refused.SqlState, refused);
                    if (DatabaseFailure.IsWrongServer(refused))
                    {
                        await connection.DropAsync();
                    }

                    await patience.PauseAsync(refused, stopping);
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
            catch (Exception lost) when (DatabaseFailure.LeavesUnknown(lost))
            {
                metrics.Retried("connection_lost");
                logger.CommitUnknown(call.Name, lost);
                await connection.DropAsync();
                await patience.PauseAsync(lost, stopping);
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
            catch (Exception failed) when (DatabaseFailure.LeavesUnknown(failed) || failed is PostgresException)
            {
                logger.SettleFailed(call.Name, failed);
                await connection.DropAsync();
                await patience.PauseAsync(failed, stopping);
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
}
