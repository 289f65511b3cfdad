using Trading.Actors;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Simulation.Audit;
using Trading.Simulation.Broker;
using Trading.Simulation.ReadSide;
using Trading.Simulation.Scheduling;
using Trading.Simulation.Store;

namespace Trading.Simulation.World;

/// <summary>Everything there is: users, a broker, a database, a network, and one process after the other.</summary>
internal sealed class SimulatedWorld : IDisposable
{
    private static readonly DateTimeOffset Beginning = new(2025, 1, 15, 12, 0, 0, TimeSpan.Zero);
    private readonly List<SimulatedProcess> _processes = [];
    private readonly Dictionary<UserKey, string> _names = [];
    private readonly Random _random;
    private int _started;
    private int _stepsToCrash;

    public SimulatedWorld(int seed, Mutant mutant)
    {
        Mutant = mutant;
        _random = new(seed ^ 0x5EED);
        Scheduler = new(_random.Next(), Beginning) { AfterStep = Stepped };
        Servers = new(Scheduler, "servers");
        Weather = new(_random.Next());
        Broker = new(Scheduler, Servers, Weather, Trace, new Random(_random.Next()));
        Auditor = new(NameOf, Broker.Tokens);
        Auditor.Reads.Prices.Ticks = Auditor.Ticks;
        Broker.Quoted = Auditor.Quoted;
        Broker.Used = Auditor.Links.Used;
        Network = new(Scheduler, Servers, Weather);
        Store = new(Servers, Auditor, Trace, mutant.Snapshots(), mutant.StoredJournal, mutant.StoredMarket);
        Reads = mutant.Reads(Auditor, Trace, () => Scheduler.Now);
        Populate();
        Options = new()
        {
            MailboxCapacity = Pick(4, 32, 256),
            SnapshotEvery = Pick(3, 20, 500),
            PassivateAfter = TimeSpan.FromSeconds(Pick(15, 300)),
            KeepEvery = TimeSpan.FromSeconds(Pick(5, 60)),
            ResumeAtOnce = Pick(1, 2, 50),
            QuotesSnapshotEvery = TimeSpan.FromSeconds(Pick(3, 60)),
            DemoFeedUser = _random.Next(2) == 0 ? Users[0] : null,
        };
        Clients = new(this, new Random(_random.Next()));
    }

    public Mutant Mutant { get; }
    public Scheduler Scheduler { get; }
    public Strand Servers { get; }
    public Weather Weather { get; }
    public Trace Trace { get; } = new();
    public Auditor Auditor { get; }
    public BrokerServer Broker { get; }
    public Network Network { get; }
    public StoreServer Store { get; }
    public ReadStore Reads { get; }
    public SimulatedSealer Sealer { get; } = new();
    public ActorOptions Options { get; }
    public Clients Clients { get; }
    public List<UserKey> Users { get; } = [];

    /// <summary>What clients want, by lease.</summary>
    public SortedDictionary<int, (BrokerEnvironment Environment, SymbolName Symbol)> Wants { get; } = [];

    /// <summary>The process that clients reach; null while there is none.</summary>
    public SimulatedProcess? Current => _processes.LastOrDefault(process => !process.Strand.IsCut);

    /// <summary>A user's name in the trace.</summary>
    public string NameOf(UserKey? user) => user is { } key ? _names.GetValueOrDefault(key, key.Value) : "nobody";

    /// <summary>Takes note.</summary>
    public void Say(string text) => Trace.Say(Scheduler.Now, text);

    /// <summary>The strand of projections of this name lives.</summary>
    public bool Reading(string name) => _processes.Exists(process => process.Reads(name));

    /// <summary>Starts the next process.</summary>
    public void StartProcess()
    {
        var process = new SimulatedProcess(this, $"p{++_started}", _random.Next());
        _processes.Add(process);
        Say($"{process.Strand.Name} starts");
        process.Start();
        if (Weather.Strikes(Faults.CrashAtStart))
        {
            CrashAfter(_random.Next(1, 400));
        }
    }

    /// <summary>The process that clients reach is killed after some more steps of it.</summary>
    public void CrashAfter(int steps) => _stepsToCrash = steps;

    /// <summary>A process is gone.</summary>
    public void Kill(SimulatedProcess process)
    {
        if (process.Strand.IsCut)
        {
            return;
        }

        Say($"{process.Strand.Name} is dead");
        process.Kill();
        // The broker notices after a while.
        Scheduler.After(
            Weather.Latency(),
            Servers,
            () => Broker.Break("peer is gone", (_, connection) => connection.Client == process.Strand)
        );
    }

    /// <summary>A process ended by itself: another one is started, as a supervisor of processes does.</summary>
    public void Ended(SimulatedProcess process)
    {
        Kill(process);
        Scheduler.After(
            TimeSpan.FromMilliseconds(_random.Next(100, 3_000)),
            Servers,
            () =>
            {
                if (Current is null)
                {
                    StartProcess();
                }
            }
        );
    }

    /// <summary>A process is held, another one takes its place, and then the first wakes up and knows of nothing.</summary>
    public void Double(TimeSpan pause, TimeSpan afterlife)
    {
        if (Current is { IsUp: true } process)
        {
            process.Hold();
            StartProcess();
            Scheduler.After(pause, Servers, process.Release);
            Scheduler.After(pause + afterlife, Servers, () => End(process));
        }
    }

    // Its successor may have died before it: then another one takes its place.
    private void End(SimulatedProcess process)
    {
        if (process == Current)
        {
            Ended(process);
        }
        else
        {
            Kill(process);
        }
    }

    /// <summary>Every process but the newest.</summary>
    public void KillOthers()
    {
        foreach (var process in _processes.Where(process => process != Current))
        {
            Kill(process);
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes.Where(process => !process.Strand.IsCut))
        {
            process.Kill();
        }

        Servers.Cut();
        Trace.Dispose();
    }

    private bool Stepped(Strand strand)
    {
        if (_stepsToCrash > 0 && Current is { } process && process.Strand == strand && --_stepsToCrash == 0)
        {
            Weather.Note(Faults.Crash);
            Ended(process);
        }

        return Auditor.Found is not null;
    }

    private void Populate()
    {
        var users = _random.Next(2, 6);
        var skew = Weather.Skew();
        for (var number = 1; number <= users; number++)
        {
            var user = UserKey.Of($"user{number}@example.com");
            Users.Add(user);
            _names.Add(user, $"user{number}");
            for (var account = 1; account <= _random.Next(1, 3); account++)
            {
                var id = $"{number}00{account}";
                var live = _random.Next(3) == 0;
                Broker.Accounts.Add(id, new(id, user, live ? BrokerEnvironment.Live : BrokerEnvironment.Demo, skew));
            }
        }
    }

    private int Pick(params int[] from) => from[_random.Next(from.Length)];
}
