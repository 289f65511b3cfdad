using Google.Protobuf;
using Trading.Domain.Logs;
using Trading.Domain.Sessions;

namespace Trading.Actors.Persistence;

/// <summary>The pure rules of one kind of actor.</summary>
internal sealed record Rules<TState, TCommand>
{
    /// <summary>Before the first event.</summary>
    public required TState Initial { get; init; }

    /// <summary>What becomes true because of a command.</summary>
    public required Func<TState, TCommand, Decision> Decide { get; init; }

    /// <summary>The state after an event.</summary>
    public required Func<TState, IMessage, DateTimeOffset, TState> Evolve { get; init; }

    /// <summary>The id that an event's content gives it in a state, or null.</summary>
    public required Func<TState, StreamName, IMessage, EventId?> IdOf { get; init; }

    /// <summary>Names the shape of a snapshot.</summary>
    public required string Schema { get; init; }

    /// <summary>State to bytes.</summary>
    public required Func<TState, byte[]> Write { get; init; }

    /// <summary>Bytes to state.</summary>
    public required Func<ReadOnlyMemory<byte>, TState> Read { get; init; }
}
