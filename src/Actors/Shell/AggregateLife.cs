using Trading.Domain.Liveness;
using Trading.Domain.Logs;

namespace Trading.Actors.Shell;

/// <summary>One life of an aggregate, from a recovery to its end, as the aggregate and its supervisor share it. What must
/// outlive a life stands in what the aggregate's own factory gives to each.</summary>
/// <param name="stream">The aggregate's stream.</param>
/// <param name="pulse">Beats in all lives.</param>
/// <param name="shell">What it stands on.</param>
/// <param name="after">How the life before it ended.</param>
/// <param name="wasOwner">An earlier life here has claimed the stream.</param>
internal sealed class AggregateLife(
    StreamName stream,
    Pulse pulse,
    ShellEnvironment shell,
    LifeEnd after,
    bool wasOwner
)
{
    private int _begun;

    /// <summary>The aggregate's stream.</summary>
    public StreamName Stream => stream;

    /// <summary>Beats with everything that is done, in all lives.</summary>
    public Pulse Pulse => pulse;

    /// <summary>What it stands on.</summary>
    public ShellEnvironment Shell => shell;

    /// <summary>It reads the journal from the first event on.</summary>
    public bool FromStart => after is LifeEnd.SnapshotUnreadable || RemembersIds;

    /// <summary>The last life met an event that the journal has and the state had forgotten: this one remembers every derived
    /// id there is.</summary>
    public bool RemembersIds => after == LifeEnd.Repeated;

    /// <summary>An earlier life here has claimed the stream: if somebody else has since, it is lost.</summary>
    public bool WasOwner { get; } = wasOwner;

    /// <summary>This life has claimed the stream, or an earlier one here.</summary>
    public bool IsOwner { get; set; } = wasOwner;

    /// <summary>Why it ended; null while it lives, and when it ended well.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What a failed write meant.</summary>
    public PersistFailure Reason { get; set; }

    /// <summary>How it ended.</summary>
    public LifeEnd End =>
        Failure switch
        {
            null => LifeEnd.Well,
            SnapshotUnreadableException => LifeEnd.SnapshotUnreadable,
            StreamLostException => LifeEnd.Lost,
            _ when Reason == PersistFailure.Lost => LifeEnd.Lost,
            _ when Reason == PersistFailure.Repeated => LifeEnd.Repeated,
            _ => LifeEnd.Failed,
        };

    /// <summary>Completes when everything outside that the life had opened is closed. Never fails.</summary>
    public Task Closed { get; set; } = Task.CompletedTask;

    /// <summary>Something of its own is begun.</summary>
    public void BeginWork()
    {
        _begun++;
        pulse.Begin();
    }

    /// <summary>Something of its own is done.</summary>
    public void EndWork()
    {
        _begun--;
        pulse.End();
    }

    /// <summary>It is over: what was begun will not be done.</summary>
    public void Abandon()
    {
        for (; _begun > 0; _begun--)
        {
            if (Failure is { } failure)
            {
                pulse.Fail(failure.GetType().Name);
            }
            else
            {
                pulse.Abandon();
            }
        }
    }
}

/// <summary>How a life ended.</summary>
internal enum LifeEnd
{
    /// <summary>It left, or nothing was before it.</summary>
    Well,

    /// <summary>It failed and starts again.</summary>
    Failed,

    /// <summary>Its snapshot could not be read.</summary>
    SnapshotUnreadable,

    /// <summary>It decided an event that the journal has already.</summary>
    Repeated,

    /// <summary>Its stream belongs to somebody else.</summary>
    Lost,
}

/// <summary>What a failed write means to its writer.</summary>
public enum PersistFailure
{
    /// <summary>It may go well the next time.</summary>
    Passing,

    /// <summary>Somebody else has written to the stream: it is lost.</summary>
    Lost,

    /// <summary>An event of it is in the journal already.</summary>
    Repeated,
}
