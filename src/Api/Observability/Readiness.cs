using Npgsql;
using Trading.Api.Live;
using Trading.Domain.Liveness;
using Trading.Projections.Reading;
using Trading.Projections.Running;

namespace Trading.Api.Observability;

/// <summary>Whether the service may be sent work, and if not, why.</summary>
/// <param name="Problems">A few words each; empty when ready.</param>
/// <param name="Uptime">Since the start.</param>
/// <param name="Projections">How each projection does.</param>
/// <param name="Parts">How every part does.</param>
internal sealed record ReadinessReport(
    IReadOnlyList<string> Problems,
    TimeSpan Uptime,
    IReadOnlyList<ProjectionHealth> Projections,
    IReadOnlyList<Vital> Parts
)
{
    /// <summary>No problem stands.</summary>
    public bool IsReady => Problems.Count == 0;
}

/// <summary>Checks readiness: database reachable, nothing of ours stuck, sockets following, not stopping. What lags is ready,
/// and a broker's outage is not our unreadiness: what waits for a broker is named all the same.</summary>
internal sealed class Readiness(
    ReadModelSources sources,
    ProjectionSet projections,
    Vitals vitals,
    LiveWorker live,
    Lifetime lifetime,
    TimeProvider time
)
{
    private const int MostNamed = 50;
    private static readonly TimeSpan DatabasePatience = TimeSpan.FromSeconds(1);

    // Probes may come from many sides; the database is asked at most this often.
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);

    private long _askedAt = long.MinValue;
    private volatile bool _reachable;

    /// <summary>Checks now.</summary>
    public async ValueTask<ReadinessReport> CheckAsync(CancellationToken cancellation)
    {
        var health = projections.Health();
        var problems = new List<string>();
        if (lifetime.IsStopping)
        {
            problems.Add("stopping");
        }

        if (!await IsDatabaseReachableAsync(cancellation))
        {
            problems.Add("database unreachable");
        }

        if (!live.IsFollowing)
        {
            problems.Add("starting");
        }

        var parts = vitals.Read();
        problems.AddRange(
            health.Where(one => one.State == ProjectionState.Stopped).Select(one => $"{one.Projection} stopped")
        );
        var stuck = parts.Where(part => part is { State: VitalState.Stuck, Outside: false }).ToList();
        problems.AddRange(
            stuck.Take(MostNamed).Select(part => $"{part.Name} stuck since {part.Since:O}: {part.Detail}")
        );
        if (stuck.Count > MostNamed)
        {
            problems.Add($"{stuck.Count - MostNamed} more parts stuck");
        }

        return new(problems, lifetime.Uptime, health, parts);
    }

    private async ValueTask<bool> IsDatabaseReachableAsync(CancellationToken cancellation)
    {
        var now = time.GetTimestamp();
        var askedAt = Volatile.Read(ref _askedAt);
        if (askedAt != long.MinValue && time.GetElapsedTime(askedAt, now) < Fresh)
        {
            return _reachable;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(DatabasePatience);
        try
        {
            await using var command = sources.Operator.CreateCommand("select 1");
            await command.ExecuteScalarAsync(patience.Token);
            _reachable = true;
        }
        catch (Exception away) when (away is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            cancellation.ThrowIfCancellationRequested();
            _reachable = false;
        }

        Volatile.Write(ref _askedAt, now);
        return _reachable;
    }
}
