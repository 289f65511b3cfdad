using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Trading.Brokers.CTrader;
using Trading.Brokers.CTrader.Connection;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.TestKit;

namespace Trading.Brokers.Tests.CTrader.Session;

/// <summary>A link, with everything it says written down.</summary>
internal class RecordedLink : IAsyncDisposable, ITickSink, ILoggerFactory, ILogger
{
    public static readonly LinkTimings Hasty = new()
    {
        Heartbeat = TimeSpan.FromMilliseconds(200),
        Probe = TimeSpan.FromMilliseconds(500),
        Dead = TimeSpan.FromMilliseconds(1500),
        Request = TimeSpan.FromSeconds(2),
        Renewal = TimeSpan.FromSeconds(5),
        ShortestPause = TimeSpan.FromMilliseconds(100),
        LongestPause = TimeSpan.FromMilliseconds(500),
        Watch = TimeSpan.FromMilliseconds(50),
    };

    private Task _reading = Task.CompletedTask;
    private IBrokerLink? _link;

    public ConcurrentQueue<BrokerReport> Reports { get; } = new();

    public ConcurrentQueue<Tick> Ticks { get; } = new();

    public ConcurrentQueue<string> LogLines { get; } = new();

    public bool Completed { get; private set; }

    /// <summary>Whether renewed credentials are confirmed as soon as they are reported.</summary>
    public bool StoreCredentials { get; set; } = true;

    public IBrokerLink Link => _link ?? throw new InvalidOperationException("Not open.");

    /// <summary>Waits for the n-th report of a kind.</summary>
    public Task<T> GetAsync<T>(int number = 1)
        where T : BrokerReport =>
        Eventually.Get(
            () => Task.FromResult(Reports.OfType<T>().Skip(number - 1).FirstOrDefault()),
            TimeSpan.FromSeconds(30),
            $"{typeof(T).Name} number {number}"
        );

    public virtual async ValueTask DisposeAsync()
    {
        if (_link is not null)
        {
            await _link.DisposeAsync();
            await _reading;
        }
    }

    public ValueTask AcceptAsync(ReadOnlyMemory<Tick> ticks, CancellationToken cancellation)
    {
        foreach (var tick in ticks.Span)
        {
            Ticks.Enqueue(tick);
        }

        return ValueTask.CompletedTask;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) { }

    public void Dispose() { }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => LogLines.Enqueue($"{formatter(state, exception)} {exception}");

    protected void Open(CTraderSettings broker, LinkSettings settings, LinkTimings timings)
    {
        _link = new CTraderLinkFactory(broker, timings, Seeded.Random(), TimeProvider.System, this).Open(
            settings,
            this
        );
        _reading = ReadAsync(_link);
    }

    private async Task ReadAsync(IBrokerLink link)
    {
        await foreach (var report in link.Reports.ReadAllAsync())
        {
            Reports.Enqueue(report);
            if (StoreCredentials && report is BrokerReport.CredentialsRenewed { Credentials: var renewed })
            {
                link.CredentialsStored(renewed);
            }
        }

        Completed = true;
    }
}
