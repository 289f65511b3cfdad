using Microsoft.Extensions.Logging;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Mapping;
using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Brokers.CTrader;

/// <summary>Opens links to cTrader.</summary>
public sealed class CTraderLinkFactory : IBrokerLinkFactory
{
    private readonly CTraderSettings _settings;
    private readonly LinkTimings _timings;
    private readonly TlsTrust _trust;
    private readonly Random _random;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SharedDirectories _directories = new();
    private readonly Lock _gate = new();

    /// <summary>Makes a factory for one application.</summary>
    /// <param name="settings">Where cTrader is and who we are.</param>
    /// <param name="random">Source of jitter; used under a lock.</param>
    /// <param name="clock">Time.</param>
    /// <param name="loggers">Logs.</param>
    /// <exception cref="IOException">The file of extra certificates cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">That file holds no certificates.</exception>
    public CTraderLinkFactory(CTraderSettings settings, Random random, TimeProvider clock, ILoggerFactory loggers)
        : this(settings, new LinkTimings(), random, clock, loggers) { }

    internal CTraderLinkFactory(
        CTraderSettings settings,
        LinkTimings timings,
        Random random,
        TimeProvider clock,
        ILoggerFactory loggers
    )
    {
        _settings = settings;
        _timings = timings;
        _trust = new TlsTrust(settings.CaFile);
        _random = random;
        _clock = clock;
        _logger = loggers.CreateLogger<CTraderLinkFactory>();
    }

    /// <inheritdoc/>
    public string Broker => "ctrader";

    /// <inheritdoc/>
    public IBrokerLink Open(LinkSettings settings, ITickSink ticks)
    {
        var host = settings.Environment == BrokerEnvironment.Live ? _settings.LiveHost : _settings.DemoHost;
        var address = new BrokerAddress(host, _settings.Port);
        return new CTraderLink(
            _settings,
            settings,
            ticks,
            new TlsDialer(address, _trust, _timings.Connect, _clock),
            _directories,
            _timings,
            NextRandom(),
            _clock,
            _logger
        );
    }

    // Each link jitters by itself: Random must not be used by two of them at once.
    private Random NextRandom()
    {
        lock (_gate)
        {
            return new Random(_random.Next());
        }
    }
}
