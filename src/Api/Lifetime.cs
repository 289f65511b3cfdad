namespace Trading.Api;

/// <summary>How far the service's own life has come: readiness and long connections look here.</summary>
public sealed class Lifetime(TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>Since the start.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_startedAt);

    /// <summary>Cancelled when the stop begins: no new work from here on.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>True from the moment the stop begins.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>Begins the stop.</summary>
    public Task BeginStopAsync() => _stopping.CancelAsync();

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();
}
