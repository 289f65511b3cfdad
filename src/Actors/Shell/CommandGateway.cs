using System.Collections.Concurrent;
using Akka.Actor;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Actors.Shell;

/// <summary>The front door for commands on this node: a command in, its outcome out, wherever the aggregate lives. Waits on
/// the caller's clock and in bounds; what is not answered in time is unavailable, and may have happened.</summary>
internal sealed class CommandGateway(ShellEnvironment shell)
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<CommandOutcome>> _asked = new();
    private volatile Func<string, IActorRef?> _regions = _ => null;
    private IActorRef _replies = ActorRefs.Nobody;
    private volatile bool _closed;

    /// <summary>Begins to take commands.</summary>
    public void Open(ActorSystem system, Func<string, IActorRef?> regions)
    {
        _replies = system.ActorOf(ActorProps.Of(() => new ReplyReceiver(Answered)), "replies");
        _regions = regions;
    }

    /// <summary>Takes no more.</summary>
    public void Close() => _closed = true;

    /// <summary>Sends a command and waits for what became of it.</summary>
    /// <param name="to">The aggregate.</param>
    /// <param name="command">A command of its category.</param>
    /// <param name="correlation">Ties the events to the workflow that asked; empty for a workflow of its own.</param>
    /// <param name="commandId">Where a repeat must be recognised: the same for every repeat. Otherwise empty.</param>
    /// <param name="cancellation">Ends the wait; the command may still be carried out.</param>
    public async Task<CommandOutcome> SendAsync(
        StreamName to,
        object command,
        Guid correlation,
        Guid commandId,
        CancellationToken cancellation
    )
    {
        if (_closed)
        {
            return new CommandOutcome.Unavailable("The service is shutting down.");
        }

        if (_regions(to.Category) is not { } region)
        {
            return new CommandOutcome.Unavailable("The service is starting.");
        }

        if (_asked.Count >= shell.Options.MostAsked)
        {
            shell.Metrics.Refused.Add(1);
            return new CommandOutcome.Unavailable("The service has too much to do.");
        }

        var id = Domain.Logs.EventId.New(shell.Time.GetUtcNow()).Value;
        var answer = new TaskCompletionSource<CommandOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        try
        {
            // Whoever comes first completes the answer itself: nothing waits on another thread than the caller's.
            await using var late = shell.Time.CreateTimer(
                _ => answer.TrySetResult(new CommandOutcome.Unavailable($"The {to.Category} did not answer in time.")),
                null,
                shell.Options.AnswerWithin,
                Timeout.InfiniteTimeSpan
            );
            await using var gone = cancellation.Register(() => answer.TrySetCanceled(cancellation));
            region.Tell(new CommandMessage(to, command, id, commandId, correlation), _replies);
            return await answer.Task;
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    private void Answered(CommandReply reply)
    {
        if (_asked.TryRemove(reply.ReplyId, out var answer))
        {
            answer.TrySetResult(reply.Outcome);
        }
    }

    private sealed class ReplyReceiver(Action<CommandReply> answered) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is CommandReply reply)
            {
                answered(reply);
            }
        }
    }
}
