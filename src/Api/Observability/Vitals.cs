using System.Diagnostics.Metrics;
using Trading.Actors;
using Trading.Domain.Liveness;
using Trading.Projections.Running;

namespace Trading.Api.Observability;

/// <summary>How every part of the service does, and what is stuck. Looks every second on a thread of its own, so that a
/// process whose pool of threads is used up still says so.</summary>
internal sealed class Vitals : IHostedService, IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly ProjectionSet _projections;
    private readonly TradingActors _actors;
    private readonly IReadOnlyList<LogWatch> _logs;
    private readonly ILogger<Vitals> _logger;
    private readonly Meter _meter = new("Trading.Api.Vitals");
    private readonly CancellationTokenSource _stopping = new();
    private readonly PoolWatch _pool;
    private readonly Dictionary<(VitalKind, string), Vital> _stuck = [];
    private Thread? _thread;

    public Vitals(
        ProjectionSet projections,
        TradingActors actors,
        IEnumerable<LogWatch> logs,
        TimeProvider time,
        ILogger<Vitals> logger
    )
    {
        (_projections, _actors, _logs, _logger) = (projections, actors, [.. logs], logger);
        _pool = new(work => ThreadPool.UnsafeQueueUserWorkItem(_ => work(), null), time);
        _meter.CreateObservableGauge(
            "trading.parts",
            Count,
            description: "Parts of the service by kind and state: live, catching up, rebuilding, parked, stuck"
        );
    }

    /// <summary>Every part as it is now.</summary>
    public IReadOnlyList<Vital> Read() =>
        [
            .. _logs.SelectMany(log => log.Vitals()),
            .. _projections.Health().Select(health => health.Vital),
            .. _actors.Vitals(),
            _pool.Vital,
        ];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "vitals" };
        _thread.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        _thread?.Join(s_look);
    }

    public void Dispose()
    {
        _meter.Dispose();
        _stopping.Dispose();
    }

    private void Run()
    {
        while (!_stopping.Token.WaitHandle.WaitOne(s_look))
        {
            _pool.Run(Look);
            Tell();
        }
    }

    private void Look()
    {
        foreach (var log in _logs)
        {
            // What becomes of it shows in the log's own pulse.
            _ = log.LookAsync(_stopping.Token);
        }
    }

    private void Tell()
    {
        var stuck = Read().Where(vital => vital.State == VitalState.Stuck).DistinctBy(KeyOf).ToDictionary(KeyOf);
        foreach (var (key, vital) in stuck.Where(pair => !_stuck.ContainsKey(pair.Key)))
        {
            Log.Stuck(_logger, vital.Kind, vital.Name, vital.Since, vital.Detail);
            _stuck.Add(key, vital);
        }

        foreach (var (key, vital) in _stuck.Where(pair => !stuck.ContainsKey(pair.Key)).ToArray())
        {
            Log.MovesAgain(_logger, vital.Kind, vital.Name);
            _stuck.Remove(key);
        }
    }

    private IEnumerable<Measurement<int>> Count() =>
        Read()
            .GroupBy(vital => (vital.Kind, vital.State))
            .Select(group => new Measurement<int>(
                group.Count(),
                new("kind", group.Key.Kind.ToString().ToLowerInvariant()),
                new KeyValuePair<string, object?>("state", Vital.WordOf(group.Key.State))
            ))
            .ToArray();

    private static (VitalKind, string) KeyOf(Vital vital) => (vital.Kind, vital.Name);
}
