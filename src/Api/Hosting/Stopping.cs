using Trading.Api.Configuration;

namespace Trading.Api.Hosting;

/// <summary>Begins the stop before anything is stopped: readiness fails and sockets are told, so that clients go elsewhere
/// while requests are still answered.</summary>
internal sealed class Stopping(Lifetime lifetime, ServiceSettings settings, TimeProvider time) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await lifetime.BeginStopAsync();
        await Task.Delay(settings.ShutdownDelay, time, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
