using Akka.Actor;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Actors.Shell;

/// <summary>What reaches an aggregate through its region.</summary>
internal interface IToAggregate
{
    /// <summary>The aggregate.</summary>
    StreamName To { get; }
}

/// <summary>A command on its way.</summary>
/// <param name="To">The aggregate.</param>
/// <param name="Command">What is asked.</param>
/// <param name="ReplyId">Ties the reply to the question.</param>
/// <param name="CommandId">Given by callers whose repeats must be recognised; otherwise empty.</param>
/// <param name="CorrelationId">Ties the events to the workflow that asked; empty for a workflow of its own.</param>
internal sealed record CommandMessage(StreamName To, object Command, Guid ReplyId, Guid CommandId, Guid CorrelationId)
    : IToAggregate;

/// <summary>What became of a command.</summary>
internal sealed record CommandReply(Guid ReplyId, CommandOutcome Outcome);

/// <summary>Asks an aggregate to be in memory and to do what its state says.</summary>
internal sealed record EnsureRunning(StreamName To) : IToAggregate;

/// <summary>It is in memory, and what it begins with is done.</summary>
internal sealed record Running(StreamName Of);

/// <summary>Ends an aggregate's stay on this node: what waits is finished first.</summary>
internal sealed record Leave
{
    /// <summary>The only one needed.</summary>
    public static Leave Instance { get; } = new();
}

/// <summary>A folded state as it is kept.</summary>
/// <param name="Form">Names shape and meaning of the bytes.</param>
/// <param name="State">The bytes.</param>
/// <param name="At">The offset of the last event folded in.</param>
/// <param name="LastEventAt">When that event happened; null before the first.</param>
/// <param name="Owner">Who had claimed it last; empty when nobody had.</param>
internal sealed record StateSnapshot(
    string Form,
    ReadOnlyMemory<byte> State,
    Offset At,
    DateTimeOffset? LastEventAt,
    string Owner
)
{
    /// <summary>What is none of ours: of no form that anybody asks for.</summary>
    public static StateSnapshot Unreadable { get; } = new("", default, Offset.Start, null, "");
}

/// <summary>Between an aggregate and its supervisor, in one process.</summary>
internal abstract record LifeMessage : INoSerializationVerificationNeeded
{
    private LifeMessage() { }

    /// <summary>The life has recovered and resumed: commands may come.</summary>
    public sealed record Begun : LifeMessage
    {
        public static Begun Instance { get; } = new();
    }

    /// <summary>The command at work is done and answered.</summary>
    public sealed record Done : LifeMessage
    {
        public static Done Instance { get; } = new();
    }

    /// <summary>Asks whether it may leave memory.</summary>
    public sealed record AskIdle : LifeMessage
    {
        public static AskIdle Instance { get; } = new();
    }

    /// <summary>It has nothing to do.</summary>
    public sealed record IsIdle : LifeMessage
    {
        public static IsIdle Instance { get; } = new();
    }
}
