using Trading.Domain.Ports;

namespace Trading.Actors.Persistence;

/// <summary>A message in a mailbox.</summary>
/// <param name="Command">What is asked; null for a message to the shell itself.</param>
/// <param name="Reply">Who waits for the answer; null for a report.</param>
/// <param name="Source">The number of the link it came from; 0 when it came from none. Reports of a former link are passed
/// over.</param>
/// <param name="Failure">Set when the sender broke and the actor must start again.</param>
internal sealed record Envelope<TCommand>(
    TCommand? Command,
    TaskCompletionSource<CommandOutcome>? Reply = null,
    int Source = 0,
    Exception? Failure = null
)
    where TCommand : class
{
    /// <summary>Asks the actor to leave memory if it has nothing to do.</summary>
    public static Envelope<TCommand> Passivate { get; } = new((TCommand?)null);
}

/// <summary>What became of handing a message over.</summary>
internal enum Delivery
{
    /// <summary>It waits its turn.</summary>
    Taken,

    /// <summary>The mailbox is full.</summary>
    Full,

    /// <summary>The actor has left or is leaving.</summary>
    Gone,
}
