using System.Globalization;

namespace Trading.Simulation.World;

/// <summary>Adds up the outcomes of many seeds.</summary>
internal sealed class Tally
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (long Times, int Seeds)> _faults = new(StringComparer.Ordinal);
    private readonly List<Outcome> _failures = [];
    private long _steps;
    private long _events;
    private long _ticks;
    private long _answers;

    /// <summary>Seeds so far.</summary>
    public int Seeds { get; private set; }

    /// <summary>Those that failed, by seed.</summary>
    public IReadOnlyList<Outcome> Failures
    {
        get
        {
            lock (_gate)
            {
                return [.. _failures.OrderBy(failure => failure.Plan.Seed)];
            }
        }
    }

    /// <summary>The kinds of faults that never happened.</summary>
    public IEnumerable<string> NeverSeen
    {
        get
        {
            lock (_gate)
            {
                return [.. Faults.All.Where(fault => !_faults.ContainsKey(fault))];
            }
        }
    }

    /// <summary>Runs seeds from a first one on, several at once: each world has a thread of its own.</summary>
    public static Tally Of(int first, int count, int threads, Mutant? mutant = null)
    {
        var tally = new Tally();
        var next = first - 1;
        var workers = Enumerable
            .Range(0, Math.Max(1, threads))
            .Select(_ => new Thread(() =>
            {
                for (int seed; (seed = Interlocked.Increment(ref next)) < first + count; )
                {
                    tally.Add(Simulation.Run(seed, mutant));
                }
            }))
            .ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return tally;
    }

    /// <summary>Adds one.</summary>
    public void Add(Outcome outcome)
    {
        lock (_gate)
        {
            Seeds++;
            _steps += outcome.Steps;
            _events += outcome.Events;
            _ticks += outcome.Ticks;
            _answers += outcome.Answers;
            foreach (var (fault, times) in outcome.Faults)
            {
                var (before, seeds) = _faults.GetValueOrDefault(fault);
                _faults[fault] = (before + times, seeds + 1);
            }

            if (outcome.Found is not null)
            {
                _failures.Add(outcome);
            }
        }
    }

    /// <summary>Writes the sums.</summary>
    public void Write(TextWriter output, TimeSpan took)
    {
        lock (_gate)
        {
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Seeds} seeds in {took.TotalSeconds:0.0} s, {Seeds / took.TotalSeconds:0.0} seeds/s: {_steps} steps, {_events} events, {_ticks} ticks, {_answers} answers; {_failures.Count} failed"
                )
            );
            foreach (var fault in Faults.All)
            {
                var (times, seeds) = _faults.GetValueOrDefault(fault);
                output.WriteLine($"  {fault, -48} {times, 8} times in {seeds, 6} seeds");
            }
        }
    }
}
