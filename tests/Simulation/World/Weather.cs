namespace Trading.Simulation.World;

/// <summary>What may go wrong by itself, and how often. Each seed has a climate of its own: some know no lost answers, others
/// little else.</summary>
internal sealed class Weather
{
    private readonly Random _random;
    private readonly Dictionary<string, int> _rates = [];
    private readonly SortedDictionary<string, int> _faults = new(StringComparer.Ordinal);
    private readonly int _slowRate;
    private readonly bool _skewed;

    public Weather(int seed)
    {
        _random = new(seed);
        foreach (var fault in Faults.Ambient)
        {
            // Of a thousand calls.
            _rates[fault] = _random.Next(3) switch
            {
                0 => 0,
                1 => _random.Next(1, 10),
                _ => _random.Next(10, 60),
            };
        }

        _slowRate = _random.Next(0, 60);
        _skewed = _random.Next(2) == 0;
    }

    /// <summary>Nothing goes wrong any more.</summary>
    public bool IsCalm { get; set; }

    /// <summary>The database does not answer until then.</summary>
    public DateTimeOffset StoreAwayUntil { get; set; }

    /// <summary>The broker takes no connections until then.</summary>
    public DateTimeOffset BrokerAwayUntil { get; set; }

    /// <summary>What went wrong so far, by kind.</summary>
    public IReadOnlyDictionary<string, int> Happened => _faults;

    /// <summary>How long a message travels.</summary>
    public TimeSpan Latency() =>
        !IsCalm && _random.Next(1_000) < _slowRate
            ? Noted(Faults.Slow, TimeSpan.FromMilliseconds(_random.Next(50, 4_000)))
            : TimeSpan.FromMicroseconds(_random.Next(100, 3_000));

    /// <summary>How far the broker's clock is from ours.</summary>
    public TimeSpan Skew() => _skewed ? TimeSpan.FromMilliseconds(_random.Next(0, 5_000)) : TimeSpan.Zero;

    /// <summary>Whether a fault happens now.</summary>
    public bool Strikes(string fault)
    {
        var strikes = !IsCalm && _random.Next(1_000) < _rates[fault];
        if (strikes)
        {
            Note(fault);
        }

        return strikes;
    }

    /// <summary>One or the other.</summary>
    public bool Coin() => _random.Next(2) == 0;

    /// <summary>A while between two bounds.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) =>
        TimeSpan.FromTicks(_random.NextInt64(least.Ticks, most.Ticks));

    /// <summary>Counts a fault.</summary>
    public void Note(string fault) => _faults[fault] = _faults.GetValueOrDefault(fault) + 1;

    private T Noted<T>(string fault, T value)
    {
        Note(fault);
        return value;
    }
}

/// <summary>The kinds of faults.</summary>
internal static class Faults
{
    public const string Slow = "slow message";
    public const string RequestLost = "database: request lost";
    public const string AnswerLost = "database: answer lost, outcome unknown";
    public const string Conflict = "database: conflict";
    public const string ArrivesAfterDeath = "database: request of a dead process arrives";
    public const string StoreAway = "database: away";
    public const string SnapshotsGone = "snapshots deleted";
    public const string Crash = "process killed";
    public const string CrashAtStart = "process killed at start";
    public const string Restart = "process stopped and started";
    public const string Paused = "process paused, another takes over";
    public const string ReaderKilled = "projections killed";
    public const string ConnectFailed = "broker: connection refused";
    public const string LinkBroken = "broker: connection broken";
    public const string AllLinksBroken = "broker: all connections broken";
    public const string BrokerAway = "broker: away";
    public const string NewsTwice = "broker: news told twice";
    public const string TokenExpired = "broker: token expired";
    public const string ConsentGone = "broker: consent withdrawn";
    public const string Unexplained = "broker: balance moved without a word";

    /// <summary>Those that strike by themselves, at a rate.</summary>
    public static IReadOnlyList<string> Ambient { get; } =
    [RequestLost, AnswerLost, Conflict, ArrivesAfterDeath, ConnectFailed, LinkBroken, NewsTwice, CrashAtStart];

    /// <summary>All.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Ambient,
        Slow,
        StoreAway,
        SnapshotsGone,
        Crash,
        Restart,
        Paused,
        ReaderKilled,
        AllLinksBroken,
        BrokerAway,
        TokenExpired,
        ConsentGone,
        Unexplained,
    ];
}
