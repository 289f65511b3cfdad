namespace Trading.Domain.Liveness;

/// <summary>What a part of the system is.</summary>
public enum VitalKind
{
    /// <summary>A user's session with its link.</summary>
    Session,

    /// <summary>An aggregate without a part in the outside world.</summary>
    Aggregate,

    /// <summary>A projection.</summary>
    Projection,

    /// <summary>The journal or the market log, or one of those who follow it.</summary>
    Log,

    /// <summary>The price source of an environment.</summary>
    Feed,

    /// <summary>Something of the process itself.</summary>
    Process,
}

/// <summary>How a part of the system does.</summary>
public enum VitalState
{
    /// <summary>At work, or with nothing to do.</summary>
    Live,

    /// <summary>Behind, and on its way.</summary>
    CatchingUp,

    /// <summary>Being made anew.</summary>
    Rebuilding,

    /// <summary>Set aside until a person acts.</summary>
    Parked,

    /// <summary>It has something to do and does not get on.</summary>
    Stuck,
}

/// <summary>A part of the system at one moment.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; of a session the beginning of the user key.</param>
/// <param name="State">How it does.</param>
public sealed record Vital(VitalKind Kind, string Name, VitalState State)
{
    /// <summary>Since when it is stuck; null otherwise, or when that is not known.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>What about it; may be empty. Names no user and no secret.</summary>
    public string Detail { get; init; } = "";

    /// <summary>A broker is what it waits for: worth knowing, but other work may be sent here all the same.</summary>
    public bool Outside { get; init; }

    /// <summary>The words of a state: live, catching up, rebuilding, parked, stuck.</summary>
    public static string WordOf(VitalState state) =>
        state == VitalState.CatchingUp ? "catching up" : state.ToString().ToLowerInvariant();

    /// <summary>A part that is stuck when one of its pulses is, and otherwise as told.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="otherwise">How it does when nothing has stalled.</param>
    /// <param name="pulses">Its pulses by the name of what they watch; the one that stalled first counts.</param>
    public static Vital Of(
        VitalKind kind,
        string name,
        VitalState otherwise,
        params ReadOnlySpan<(string Work, Pulse Pulse)> pulses
    )
    {
        Vital? stuck = null;
        foreach (var (work, pulse) in pulses)
        {
            if (pulse.Stalled is { } stall && (stuck is null || stall.Since < stuck.Since))
            {
                stuck = new(kind, name, VitalState.Stuck)
                {
                    Since = stall.Since,
                    Detail = stall.Reason.Length == 0 ? work : $"{work}: {stall.Reason}",
                };
            }
        }

        return stuck ?? new(kind, name, otherwise);
    }
}
