using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Sessions;

namespace Trading.Actors.Shell;

/// <summary>Everything the shell needs to know to run one kind of aggregate: pure rules, and the forms in which commands
/// travel and states are kept. An aggregate without effects is this and nothing else.</summary>
/// <typeparam name="TState">All that its decisions need to know: a fold of its events. Immutable.</typeparam>
/// <typeparam name="TCommand">What may be asked of it.</typeparam>
public sealed record Aggregate<TState, TCommand>
    where TCommand : class
{
    /// <summary>The first part of its streams' names, for example <c>session</c>. Lower case, without a dash.</summary>
    public required string Category { get; init; }

    /// <summary>Before the first event.</summary>
    public required TState Initial { get; init; }

    /// <summary>What becomes true because of a command. Pure: the command brings its own time.</summary>
    public required Func<TState, TCommand, Decision> Decide { get; init; }

    /// <summary>The state after an event and when that happened. Pure and total.</summary>
    public required Func<TState, IMessage, DateTimeOffset, TState> Evolve { get; init; }

    /// <summary>How commands travel between nodes.</summary>
    public required CommandForm<TCommand> Commands { get; init; }

    /// <summary>How a state is kept; null for one that is always folded from its first event.</summary>
    public SnapshotForm<TState>? Snapshots { get; init; }

    /// <summary>The id that an event's content gives it in a state, or null for an event that may rightly happen again. A fact
    /// with such an id is in the journal once, however often it is decided.</summary>
    public Func<TState, StreamName, IMessage, EventId?> IdOf { get; init; } = static (_, _, _) => null;

    /// <summary>Says from the state whether the command of this id was carried out already: its repeat changes nothing. Asked
    /// only where the caller gave the command an id.</summary>
    public Func<TState, Guid, bool> HasDone { get; init; } = static (_, _) => false;

    /// <summary>The user whom the events of the aggregate with this id are about; null for nobody.</summary>
    public Func<string, UserKey?> UserOf { get; init; } = static _ => null;

    /// <summary>The first event that each life records, so that a former owner's next write conflicts. For aggregates with
    /// effects.</summary>
    public Claim<TState>? Claim { get; init; }

    /// <summary>Its bounds.</summary>
    public AggregateLimits Limits { get; init; } = new();

    /// <summary>The stream of the aggregate with this id.</summary>
    public StreamName StreamOf(string id) => StreamName.Of(Category, id);
}

/// <summary>How commands travel: as one protobuf message.</summary>
/// <param name="Type">The message's full name.</param>
/// <param name="Write">A command as bytes of that message.</param>
/// <param name="Read">The command of such bytes.</param>
public sealed record CommandForm<TCommand>(
    string Type,
    Func<TCommand, byte[]> Write,
    Func<ReadOnlyMemory<byte>, TCommand> Read
)
    where TCommand : class;

/// <summary>Makes forms of commands.</summary>
public static class CommandForm
{
    /// <summary>For an aggregate of which nothing is asked from outside: no command travels.</summary>
    public static CommandForm<TCommand> None<TCommand>()
        where TCommand : class =>
        new("", _ => throw new NotSupportedException(), _ => throw new NotSupportedException());

    /// <summary>Commands are messages of this type, of which the parser is given.</summary>
    public static CommandForm<TCommand> Of<TCommand>(MessageParser<TCommand> parser)
        where TCommand : class, IMessage<TCommand>, new() =>
        new(
            new TCommand().Descriptor.FullName,
            command => command.ToByteArray(),
            bytes => parser.ParseFrom(bytes.Span)
        );
}

/// <summary>How a state is kept.</summary>
/// <param name="Name">Names shape and meaning: a snapshot under another name is never read.</param>
/// <param name="Write">State to bytes.</param>
/// <param name="Read">Bytes to state; throws <see cref="InvalidProtocolBufferException"/> or <see cref="FormatException"/> on
/// others.</param>
public sealed record SnapshotForm<TState>(
    string Name,
    Func<TState, byte[]> Write,
    Func<ReadOnlyMemory<byte>, TState> Read
);

/// <summary>How an owner claims its stream.</summary>
/// <param name="AtOnce">The state asks for the claim right after recovery. Otherwise it comes with the first event.</param>
/// <param name="Event">The event: state, owner, when the stream's last event happened (null before the first), now.</param>
/// <param name="OwnerOf">The owner that an event tells of; null when it is no claim.</param>
public sealed record Claim<TState>(
    Func<TState, bool> AtOnce,
    Func<TState, string, DateTimeOffset?, DateTimeOffset, IMessage> Event,
    Func<IMessage, string?> OwnerOf
);

/// <summary>The bounds of one kind of aggregate.</summary>
public sealed record AggregateLimits
{
    /// <summary>Most commands waiting for one aggregate. One more is unavailable.</summary>
    public int Waiting { get; init; } = 256;

    /// <summary>Most aggregates of the kind in one process.</summary>
    public int InMemory { get; init; } = 20_000;

    /// <summary>One with nothing to do leaves memory after this long without a command.</summary>
    public TimeSpan PassivateAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Events between two snapshots.</summary>
    public int SnapshotEvery { get; init; } = 500;

    /// <summary>A larger state is not kept, bytes.</summary>
    public int MaxSnapshotBytes { get; init; } = 4 * 1024 * 1024;
}
