using Trading.Domain.Events;

namespace Trading.Domain.Sessions;

/// <summary>How a process takes a session over.</summary>
public static class SessionClaims
{
    /// <summary>The event that says so.</summary>
    /// <param name="state">What was recorded by owners before.</param>
    /// <param name="owner">Names the process.</param>
    /// <param name="lastEventAt">When the session's last event happened, by the broker's clock where there is one; null before
    /// the first.</param>
    /// <param name="now">When the claim is made.</param>
    public static SessionClaimed Of(SessionState state, string owner, DateTimeOffset? lastEventAt, DateTimeOffset now)
    {
        var claim = new SessionClaimed { Owner = owner };
        if (state.Running && lastEventAt is { } from)
        {
            claim.UnattendedToMs = now.ToUnixTimeMilliseconds();
            // The broker's clock may be ahead of ours.
            claim.UnattendedFromMs = Math.Min(from.ToUnixTimeMilliseconds(), claim.UnattendedToMs);
        }

        return claim;
    }
}
