using Google.Protobuf;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>A request on its way out.</summary>
/// <param name="Id">Our number of it, unique on the connection.</param>
/// <param name="PayloadType">Which message it is.</param>
/// <param name="Message">The message.</param>
internal sealed record OutgoingRequest(long Id, uint PayloadType, IMessage Message);

/// <summary>How urgent a request is, and which rate it counts against.</summary>
internal enum RequestClass
{
    /// <summary>Moves money: goes before everything else.</summary>
    TradingCommand,

    /// <summary>Asks for something of the present.</summary>
    Ordinary,

    /// <summary>Asks for something of the past, at a slower rate of its own.</summary>
    Historical,
}

/// <summary>
/// Requests waiting to be written, let out at the rates the broker allows: 50 a second, and 5 a second for history,
/// for each connection (source: cTrader Open API). We stay a little below, because what leaves evenly may arrive
/// bunched.
/// </summary>
internal sealed class OutgoingQueue(TimeProvider clock)
{
    /// <summary>Requests a second, history apart.</summary>
    public const int OrdinaryPerSecond = 45;

    /// <summary>Historical requests a second.</summary>
    public const int HistoricalPerSecond = 4;

    private const int Capacity = 1024;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<OutgoingRequest> _commands = new();
    private readonly Queue<OutgoingRequest> _ordinary = new();
    private readonly Queue<OutgoingRequest> _historical = new();
    private readonly RateWindow _ordinaryRate = new(OrdinaryPerSecond, Second, clock);
    private readonly RateWindow _historicalRate = new(HistoricalPerSecond, Second, clock);

    /// <summary>Requests waiting.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _commands.Count + _ordinary.Count + _historical.Count;
            }
        }
    }

    /// <summary>Puts a request in line; false when the line of its class is full.</summary>
    public bool TryAdd(OutgoingRequest request, RequestClass requestClass)
    {
        lock (_gate)
        {
            var line = requestClass switch
            {
                RequestClass.TradingCommand => _commands,
                RequestClass.Historical => _historical,
                _ => _ordinary,
            };
            if (line.Count >= Capacity)
            {
                return false;
            }

            line.Enqueue(request);
            LinkMetrics.RequestsWaiting.Add(1);
            return true;
        }
    }

    /// <summary>
    /// Takes the most urgent request that may leave now. When there is none, <paramref name="wait"/> says how long until
    /// one may, and is infinite while nothing waits.
    /// </summary>
    public OutgoingRequest? TryTake(out TimeSpan wait)
    {
        lock (_gate)
        {
            wait = Timeout.InfiniteTimeSpan;
            var request =
                Take(_commands, _ordinaryRate, ref wait)
                ?? Take(_ordinary, _ordinaryRate, ref wait)
                ?? Take(_historical, _historicalRate, ref wait);
            if (request is not null)
            {
                LinkMetrics.RequestsWaiting.Add(-1);
            }

            return request;
        }
    }

    /// <summary>Forgets everything that waits: nothing of one connection may leave on the next.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            LinkMetrics.RequestsWaiting.Add(-(_commands.Count + _ordinary.Count + _historical.Count));
            _commands.Clear();
            _ordinary.Clear();
            _historical.Clear();
        }
    }

    private static OutgoingRequest? Take(Queue<OutgoingRequest> line, RateWindow rate, ref TimeSpan wait)
    {
        if (line.Count == 0)
        {
            return null;
        }

        var rest = rate.Wait();
        if (rest > TimeSpan.Zero)
        {
            wait = wait == Timeout.InfiniteTimeSpan || rest < wait ? rest : wait;
            return null;
        }

        rate.Take();
        return line.Dequeue();
    }
}
