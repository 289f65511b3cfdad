using Trading.Actors.Persistence;
using Trading.Domain;
using Trading.Domain.Feeds;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Actors.Feeds;

/// <summary>Keeps the journal of a feed's holes: when they opened and closed, and what became of the ticks in them.
/// </summary>
internal sealed class FeedLedger(StreamName stream, ActorEnvironment environment)
    : PersistentActor<FeedState, FeedCommand, object>(stream, s_rules, environment)
{
    private static readonly Rules<FeedState, FeedCommand> s_rules = new()
    {
        Initial = FeedState.Initial,
        Decide = FeedDecider.Decide,
        Evolve = FeedEvolve.Apply,
        IdOf = (_, _, _) => null,
        Schema = FeedSnapshots.Schema,
        Write = FeedSnapshots.Write,
        Read = FeedSnapshots.Read,
    };

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile FeedState _current = FeedState.Initial;

    /// <summary>Completes when what was recorded has been read.</summary>
    public Task Ready => _ready.Task;

    /// <summary>What is recorded, as of now.</summary>
    public FeedState Current => _current;

    /// <summary>A later owner keeps the journal of this feed, or this one has left.</summary>
    public bool Gone { get; private set; }

    /// <summary>Told when it has changed.</summary>
    public Action Changed { get; set; } = () => { };

    /// <inheritdoc/>
    protected override UserKey? User => null;

    /// <inheritdoc/>
    protected override bool Idle => false;

    /// <summary>Lives until it is closed, or a later owner has the stream.</summary>
    public async Task LiveAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        try
        {
            await RunAsync(cancellation);
        }
        finally
        {
            Gone = true;
            _ready.TrySetResult();
        }
    }

    /// <summary>Has a command decided and recorded. False when that could not be done now.</summary>
    public async Task<bool> SendAsync(FeedCommand command, CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<CommandOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gone = cancellation.Register(() => reply.TrySetCanceled(cancellation));
        return Post(new(command, reply)) == Delivery.Taken
            && await reply.Task is CommandOutcome.Accepted or CommandOutcome.Unchanged;
    }

    /// <inheritdoc/>
    protected override Guid CorrelationOf(FeedCommand command) => Guid.Empty;

    /// <inheritdoc/>
    protected override object? React(Happened happened) => null;

    /// <inheritdoc/>
    protected override bool Replaces(object later, object former) => false;

    /// <inheritdoc/>
    protected override Task RunAsync(object effect, CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task ResumeAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override void Applied() { }

    /// <inheritdoc/>
    protected override void Published()
    {
        _current = State;
        _ready.TrySetResult();
        Changed();
    }

    /// <inheritdoc/>
    protected override bool IsCurrent(int source) => false;

    /// <inheritdoc/>
    protected override Task QuiesceAsync() => Task.CompletedTask;
}
