using Google.Protobuf;

namespace Trading.Domain.Sessions;

/// <summary>Something that became true, not yet in the log.</summary>
/// <param name="Payload">A message of <c>proto/events</c>.</param>
/// <param name="At">When it happened, by the broker's clock where there is one; whole milliseconds, so that what is read
/// back from any store is what was decided.</param>
public readonly record struct Happened(IMessage Payload, DateTimeOffset At);

/// <summary>The pure answer to a command.</summary>
public abstract record Decision
{
    private Decision() { }

    /// <summary>These events become true, in this order and together.</summary>
    public sealed record Accepted(IReadOnlyList<Happened> Events) : Decision;

    /// <summary>It is so already.</summary>
    public sealed record Unchanged : Decision
    {
        /// <summary>The only one needed.</summary>
        public static Unchanged Instance { get; } = new();
    }

    /// <summary>The rules say no.</summary>
    public sealed record Refused(Ports.Refusal Code, string Detail, string? Field = null) : Decision;
}
