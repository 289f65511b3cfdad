using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Liveness;

namespace Trading.Actors;

/// <summary>The bounds of the write side. The defaults suit one process with thousands of sessions.</summary>
public sealed record ActorOptions
{
    /// <summary>Most commands waiting for one session. One more is unavailable; a link waits anyhow.</summary>
    public int MailboxCapacity { get; init; } = 256;

    /// <summary>Most commands that wait for an answer in this process at once.</summary>
    public int MostAsked { get; init; } = 20_000;

    /// <summary>Most sessions held in this process at once.</summary>
    public int MaxSessions { get; init; } = 20_000;

    /// <summary>How long a caller waits for an answer.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A session that does not run leaves memory after this long without a command.</summary>
    public TimeSpan PassivateAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often it is looked whether every session that is to run does.</summary>
    public TimeSpan KeepEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Events between two snapshots of a session.</summary>
    public int SnapshotEvery { get; init; } = 500;

    /// <summary>A larger state is not kept as a snapshot, bytes.</summary>
    public int MaxSnapshotBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How many sessions return at once after a restart of the process.</summary>
    public int ResumeAtOnce { get; init; } = 50;

    /// <summary>How long a returning session keeps its turn before it has heard from the broker.</summary>
    public TimeSpan ResumeTurn { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>First pause before a failed actor is started again; doubled each time, with jitter.</summary>
    public TimeSpan FirstRestartDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest such pause.</summary>
    public TimeSpan LongestRestartDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most ticks of one environment waiting for the log; a full buffer makes the link wait.</summary>
    public int TickBuffer { get; init; } = 65_536;

    /// <summary>How often the last quotes are kept as a snapshot, which bounds the work of the next start.</summary>
    public TimeSpan QuotesSnapshotEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Something waits and nothing got done for so long: stuck.</summary>
    public TimeSpan StuckAfter { get; init; } = Pulse.Patience;

    /// <summary>How long a hole waits, once quotes flow again, for symbols that do not tick. A broker repeats the present
    /// quote of each symbol at once when it is subscribed.</summary>
    public TimeSpan HoleClosesWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Ticks that were missed longer ago than this are not asked for.</summary>
    public TimeSpan BackfillReach { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Most past ticks held at once while one range is asked for.</summary>
    public int BackfillTicksAtOnce { get; init; } = 200_000;

    /// <summary>Most ticks back-filled of one symbol in one hole.</summary>
    public int BackfillTicksOfRange { get; init; } = 2_000_000;

    /// <summary>About how many of them go into one append, so that live ticks never wait long behind them.</summary>
    public int BackfillPart { get; init; } = 5_000;

    /// <summary>How often the broker may refuse a range before it counts as not fillable.</summary>
    public int BackfillTries { get; init; } = 3;

    /// <summary>How long the last ticks may take to be written when a feed leaves this node.</summary>
    public TimeSpan FlushWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whose session is the price source of the demo environment; null to use any.</summary>
    public UserKey? DemoFeedUser { get; init; }

    /// <summary>Whose session is the price source of the live environment; null to use any.</summary>
    public UserKey? LiveFeedUser { get; init; }

    /// <summary>The bounds of one session.</summary>
    internal AggregateLimits Sessions =>
        new()
        {
            Waiting = MailboxCapacity,
            InMemory = MaxSessions,
            PassivateAfter = PassivateAfter,
            SnapshotEvery = SnapshotEvery,
            MaxSnapshotBytes = MaxSnapshotBytes,
        };
}
