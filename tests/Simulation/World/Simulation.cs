using Trading.Domain;
using Trading.Domain.Events;
using Trading.Simulation.Audit;
using Trading.Simulation.Scheduling;

namespace Trading.Simulation.World;

/// <summary>Runs the world of a plan to its end: the deeds, then calm, then the last questions.</summary>
internal static class Simulation
{
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(20);
    private static readonly string[] Quoted = ["EURUSD", "USDJPY", "XAUUSD", "EURGBP", "GBPUSD"];

    /// <summary>Runs a seed.</summary>
    public static Outcome Run(int seed, Mutant? mutant = null) => Run(Plan.Of(seed), mutant ?? Mutant.None);

    /// <summary>Runs a plan.</summary>
    public static Outcome Run(Plan plan, Mutant mutant)
    {
        using var world = new SimulatedWorld(plan.Seed, mutant);
        try
        {
            Live(world, plan);
        }
        catch (EscapedException escape)
        {
            world.Auditor.Fail("everything runs on the scheduler", escape.Message);
        }
        catch (Exception bug) when (world.Auditor.Found is null)
        {
            world.Auditor.Fail("nothing throws out of its own task", bug.ToString());
        }

        if (world.Auditor.Found is { } found)
        {
            world.Say($"WRONG: {found.Rule}: {found.What}");
        }

        return new(
            plan,
            world.Auditor.Found,
            world.Trace.Hash(),
            [.. world.Trace.Lines],
            world.Scheduler.Steps,
            world.Auditor.Events.Count,
            world.Auditor.Ticks.Head,
            world.Auditor.Answers.Count,
            world.Weather.Happened
        );
    }

    private static void Live(SimulatedWorld world, Plan plan)
    {
        var begin = world.Scheduler.Now;
        world.Servers.Post(_ => world.StartProcess(), null);
        world.Scheduler.After(TimeSpan.FromSeconds(2), world.Servers, world.Clients.StartAll);
        foreach (var deed in plan.Deeds)
        {
            world.Scheduler.After(deed.At, world.Servers, () => world.Clients.Do(deed));
        }

        var end = begin + (plan.Deeds is [.., var last] ? last.At : TimeSpan.Zero) + TimeSpan.FromSeconds(5);
        Tick(world, BrokerEnvironment.Demo, 0, end + Calm - LastWords);
        Tick(world, BrokerEnvironment.Live, 0, end + Calm - LastWords);
        world.Scheduler.RunUntil(end);
        if (world.Auditor.Found is not null)
        {
            return;
        }

        Quieten(world);
        world.Scheduler.RunUntil(end + Calm);
        if (world.Auditor.Found is not null)
        {
            return;
        }

        new TruthRules(world.Auditor.Fail).Check(
            world.Auditor.Journal,
            world.Broker,
            environment => world.Wants.Values.Where(w => w.Environment == environment).Select(w => w.Symbol.Value)
        );
        world.Auditor.Reads.Complete(world.Reads);
        if (world.Auditor.Found is null)
        {
            End(world, end + Calm + LastWords);
        }
    }

    /// <summary>Nothing goes wrong any more, one process is there, and everybody wants to run.</summary>
    private static void Quieten(SimulatedWorld world)
    {
        world.Say("calm");
        world.Weather.IsCalm = true;
        world.CrashAfter(0);
        world.KillOthers();
        if (world.Current is null)
        {
            world.Servers.Post(_ => world.StartProcess(), null);
        }

        // A start may have to wait for a stop that is under way.
        world.Scheduler.After(TimeSpan.FromSeconds(30), world.Servers, world.Clients.StartAll);
        // Whoever was told that the session had moved, to a process that is no more, asks again.
        world.Scheduler.After(TimeSpan.FromSeconds(60), world.Servers, world.Clients.StartAll);
    }

    /// <summary>Asked to stop, the process closes every link and ends; what was to run is still to run.</summary>
    private static void End(SimulatedWorld world, DateTimeOffset deadline)
    {
        var process = world.Current;
        process?.Stop(TimeSpan.FromSeconds(10));
        world.Scheduler.RunUntil(deadline);
        if (process is not { HasStopped: true })
        {
            world.Auditor.Fail("a process ends when it is asked to", "it still runs");
        }

        var open = world
            .Broker.Accounts.Values.SelectMany(account => account.Connections)
            .Count(connection => connection is { IsOpen: true, Client.IsCut: false });
        if (open > 0)
        {
            world.Auditor.Fail("a process that ended has closed its links", $"{open} are open");
        }
    }

    private static void Tick(SimulatedWorld world, BrokerEnvironment environment, int round, DateTimeOffset silence)
    {
        world.Broker.Quote(environment, new SymbolName(Quoted[round % Quoted.Length]));
        // The last of the calm is silent, so that whatever is under way arrives.
        if (world.Scheduler.Now > silence)
        {
            return;
        }

        var pause = TimeSpan.FromMilliseconds(200 + (round * 37 % 900));
        world.Scheduler.After(pause, world.Servers, () => Tick(world, environment, round + 1, silence));
    }
}

/// <summary>What became of a world.</summary>
internal sealed record Outcome(
    Plan Plan,
    Violation? Found,
    string Hash,
    IReadOnlyList<string> Trace,
    long Steps,
    int Events,
    long Ticks,
    int Answers,
    IReadOnlyDictionary<string, int> Faults
)
{
    /// <summary>How to see it again.</summary>
    public string Replay => $"./build.sh --target=Simulate --seed={Plan.Seed}";

    /// <inheritdoc/>
    public override string ToString() =>
        Found is null ? $"seed {Plan.Seed} is fine" : $"FAILED seed {Plan.Seed}: {Found.Rule}: {Found.What}";
}
