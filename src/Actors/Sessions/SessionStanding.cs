using Trading.Domain;
using Trading.Domain.Liveness;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Actors.Sessions;

/// <summary>What of a session outlives one life of its actor, and what others in the process see of it.</summary>
internal sealed class SessionStanding(UserKey user)
{
    private volatile BrokerCredentials? _unstored;
    private volatile IBrokerLink? _link;
    private volatile SessionPhase _phase;

    /// <summary>Renewed tokens that are not on disk yet: the broker takes no older ones, so they are kept whatever happens to
    /// a life. Null when all are stored.</summary>
    public BrokerCredentials? Unstored
    {
        get => _unstored;
        set => _unstored = value;
    }

    /// <summary>The link that stands open; null when there is none.</summary>
    public IBrokerLink? Link
    {
        get => _link;
        set => _link = value;
    }

    /// <summary>Where the session stands.</summary>
    public SessionPhase Phase
    {
        get => _phase;
        set => _phase = value;
    }

    /// <summary>How it does.</summary>
    public Vital Health(Pulse mailbox)
    {
        var ours = Vital.Of(VitalKind.Session, user.Value[..8], StateOf(Phase), ("mailbox", mailbox));
        return ours.State != VitalState.Stuck && Link?.Vital is { State: VitalState.Stuck } link
            ? link with
            {
                Name = ours.Name,
            }
            : ours;
    }

    private static VitalState StateOf(SessionPhase phase) =>
        phase switch
        {
            SessionPhase.Failed => VitalState.Parked,
            SessionPhase.Idle or SessionPhase.Stopped or SessionPhase.Live => VitalState.Live,
            _ => VitalState.CatchingUp,
        };
}
