using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Simulation.Broker;

namespace Trading.Simulation.Audit;

/// <summary>Watches from outside. Knows the events by what their contracts say (<c>proto/events</c>), folds them by itself and
/// shares no rule with the code it watches. The first thing that is wrong ends the run.</summary>
internal sealed class Auditor
{
    private readonly Func<UserKey?, string> _nameOf;
    private readonly LogRules _log;
    private readonly TickRules _ticks;

    public Auditor(Func<UserKey?, string> nameOf, TokenBook tokens)
    {
        _nameOf = nameOf;
        Owners = new(Fail);
        _log = new(Owners, Fail);
        _ticks = new(Owners, Fail);
        Links = new(Journal, Owners, Fail);
        Answers = new(_log, Fail);
        Reads = new(_log, Fail);
        Tokens = tokens;
    }

    /// <summary>What the journal says.</summary>
    public JournalFold Journal { get; } = new();

    /// <summary>Who may write.</summary>
    public OwnerRules Owners { get; }

    /// <summary>What is asked of links.</summary>
    public LinkRules Links { get; }

    /// <summary>What clients are answered.</summary>
    public AnswerRules Answers { get; }

    /// <summary>The read models.</summary>
    public ReadRules Reads { get; }

    /// <summary>All events, in order.</summary>
    public IReadOnlyList<RecordedEvent> Events => _log.Events;

    /// <summary>The ticks that were recorded.</summary>
    public TickRules Ticks => _ticks;

    /// <summary>The broker's tokens.</summary>
    public TokenBook Tokens { get; }

    /// <summary>What is wrong; null while nothing is.</summary>
    public Violation? Found { get; private set; }

    /// <summary>A user's name in the trace.</summary>
    public string NameOf(UserKey? user) => _nameOf(user);

    /// <summary>The events of one append are committed.</summary>
    public void Committed(string writer, IReadOnlyList<RecordedEvent> events)
    {
        _log.Check(writer, events);
        var before = events.Count == 0 ? null : Journal.Find(events[0].User);
        new MoneyRules(events, before, Fail).Check();
        new LifeRules(events, Tokens, Fail).Check(Journal);
        foreach (var recorded in events)
        {
            HoldingRules.Check(Journal.Find(recorded.User), recorded, Fail);
            Journal.Apply(recorded);
        }

        Journal.Settle();
    }

    /// <summary>Ticks are committed.</summary>
    public void TicksCommitted(string writer, StreamName feed, Epoch epoch, IReadOnlyList<TickBlock> blocks) =>
        _ticks.Committed(writer, feed, epoch, blocks);

    /// <summary>The broker quoted.</summary>
    public void Quoted(BrokerEnvironment environment, Tick tick) => _ticks.Quoted(environment, tick);

    /// <summary>Something is wrong.</summary>
    public void Fail(string rule, string what) => Found ??= new(rule, what);
}

/// <summary>What is wrong.</summary>
/// <param name="Rule">The rule that does not hold.</param>
/// <param name="What">Where and how.</param>
internal sealed record Violation(string Rule, string What);
