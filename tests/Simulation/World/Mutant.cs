using Trading.Actors.Shell;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.Simulation.Audit;
using Trading.Simulation.Broker;
using Trading.Simulation.ReadSide;
using Trading.Simulation.Scheduling;
using Trading.Simulation.Store;

namespace Trading.Simulation.World;

/// <summary>How a world may deviate from the right one: something wrong is put around a port, in place of a rule or of a
/// neighbour. The code under test is the same.</summary>
internal sealed record Mutant
{
    /// <summary>Nothing is wrong.</summary>
    public static Mutant None { get; } = new();

    /// <summary>Around the database's journal.</summary>
    public Func<IEventLog, IEventLog> StoredJournal { get; init; } = log => log;

    /// <summary>Around the database's market log.</summary>
    public Func<ITickLog, ITickLog> StoredMarket { get; init; } = log => log;

    /// <summary>Around the journal as a process sees it.</summary>
    public Func<Strand, IEventLog, IEventLog> Journal { get; init; } = (_, log) => log;

    /// <summary>Around the market log as a process sees it.</summary>
    public Func<ITickLog, ITickLog> Market { get; init; } = log => log;

    /// <summary>In place of the table of snapshots.</summary>
    public Func<SnapshotTable> Snapshots { get; init; } = () => new();

    /// <summary>In place of the rules of a session.</summary>
    public Func<
        Aggregate<SessionState, SessionCommand>,
        IBrokerLinkFactory,
        Aggregate<SessionState, SessionCommand>
    > Rules { get; init; } = (rules, _) => rules;

    /// <summary>Around the broker.</summary>
    public Func<IBrokerLinkFactory, IBrokerLinkFactory> Brokers { get; init; } = broker => broker;

    /// <summary>Around interest in prices.</summary>
    public Func<IFeedInterest, IFeedInterest> Interest { get; init; } = interest => interest;

    /// <summary>In place of the read models' tables.</summary>
    public Func<Auditor, Trace, Func<DateTimeOffset>, ReadStore> Reads { get; init; } =
        (auditor, trace, now) => new(auditor, trace, now);

    /// <summary>The journal as projections see it.</summary>
    public Func<Strand, IEventLog, IEventLog> ReadJournal { get; init; } = (_, log) => log;

    /// <summary>The links' habits.</summary>
    public LinkHabits Habits { get; init; } = new();
}
