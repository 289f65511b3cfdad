using Akka.Actor;
using Trading.Domain.Feeds;
using Trading.Domain.Logs;

namespace Trading.Actors.Feeds;

/// <summary>What is recorded of a feed's holes, for those who find and fill them beside its actor, and their way to have more
/// recorded.</summary>
internal sealed class FeedLedger(StreamName stream)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Note> _notes = [];
    private volatile FeedState _current = FeedState.Initial;
    private IActorRef? _actor;

    /// <summary>The feed's stream.</summary>
    public StreamName Stream => stream;

    /// <summary>What is recorded, as of now.</summary>
    public FeedState Current => _current;

    /// <summary>Told when it has changed.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>Something to be decided and recorded.</summary>
    public sealed record Note(FeedCommand Command) : INoSerializationVerificationNeeded
    {
        /// <summary>True once it is recorded, or was so already; false when that could not be done now.</summary>
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A life of the actor has begun.</summary>
    public void Attach(IActorRef actor, FeedState state)
    {
        lock (_gate)
        {
            _actor = actor;
        }

        Show(state);
    }

    /// <summary>This is recorded now.</summary>
    public void Show(FeedState state)
    {
        _current = state;
        Changed();
    }

    /// <summary>A note is recorded.</summary>
    public void Recorded(Note note)
    {
        lock (_gate)
        {
            _notes.Remove(note);
        }

        note.Done.TrySetResult(true);
    }

    /// <summary>That life is over: what it had not done may be tried again.</summary>
    public void Detach()
    {
        Note[] left;
        lock (_gate)
        {
            _actor = null;
            left = [.. _notes];
            _notes.Clear();
        }

        foreach (var note in left)
        {
            note.Done.TrySetResult(false);
        }
    }

    /// <summary>Has a command decided and recorded. False when that could not be done now.</summary>
    public async Task<bool> SendAsync(FeedCommand command, CancellationToken cancellation)
    {
        var note = new Note(command);
        lock (_gate)
        {
            if (_actor is null)
            {
                return false;
            }

            _notes.Add(note);
            _actor.Tell(note);
        }

        await using var gone = cancellation.Register(() => note.Done.TrySetCanceled(cancellation));
        return await note.Done.Task;
    }
}
