using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Api.Hosting;

/// <summary>Follows the journal for users who were erased by another process, and stops what this one still runs for them: the
/// session's owner here is fenced already, and being told to stop it finds that out and closes its link.</summary>
internal sealed class ErasureWatch(
    IEventLog journal,
    ISessionGateway sessions,
    TimeProvider time,
    ILogger<ErasureWatch> logger
) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Offset? read = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                read ??= await journal.HeadAsync(stoppingToken);
                await foreach (var batch in journal.SubscribeAsync(read.Value, stoppingToken))
                {
                    foreach (var recorded in batch.Where(e => e.Type == UserErased.Descriptor.FullName))
                    {
                        await StopAsync(recorded.User, stoppingToken);
                    }

                    read = batch[^1].Offset;
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.ErasureWatchInterrupted(logger, fault);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task StopAsync(UserKey? user, CancellationToken cancellation)
    {
        if (user is { } erased)
        {
            var stop = new SessionCommand.Stop("the user was erased") { At = time.GetUtcNow() };
            var outcome = await sessions.SendAsync(erased, stop, cancellation);
            Log.ErasedUserStopped(logger, erased.Value, outcome.GetType().Name);
        }
    }
}
