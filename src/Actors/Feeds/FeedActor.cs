using Trading.Actors.Shell;
using Trading.Domain.Events;
using Trading.Domain.Feeds;

namespace Trading.Actors.Feeds;

/// <summary>Owns the price feed of an environment: keeps the journal of its holes, and as long as it is on this node, so is
/// everything of the feed. Ticks do not pass through it.</summary>
internal sealed class FeedActor(Aggregate<FeedState, FeedCommand> rules, FeedStay stay, AggregateLife life)
    : AggregateActor<FeedState, FeedCommand>(rules, life)
{
    /// <summary>The category of feeds' streams.</summary>
    public const string Category = "feed";

    /// <summary>The feed as the shell runs it.</summary>
    public static Aggregate<FeedState, FeedCommand> Rules { get; } =
        new()
        {
            Category = Category,
            Initial = FeedState.Initial,
            Decide = FeedDecider.Decide,
            Evolve = FeedEvolve.Apply,
            Claim = new(
                state => state != FeedState.Initial,
                (_, owner, _, _) => new FeedClaimed { Owner = owner },
                payload => (payload as FeedClaimed)?.Owner
            ),
            Commands = CommandForm.None<FeedCommand>(),
            Snapshots = new(FeedSnapshots.Schema, FeedSnapshots.Write, FeedSnapshots.Read),
        };

    /// <inheritdoc/>
    protected override bool Idle => false;

    /// <inheritdoc/>
    protected override void Resume()
    {
        stay.Ledger.Attach(Self, State);
        stay.Begin();
    }

    /// <inheritdoc/>
    protected override void OnSettled() => stay.Ledger.Show(State);

    /// <inheritdoc/>
    protected override void OnMessage(object message)
    {
        if (message is FeedLedger.Note note)
        {
            Take(note.Command, () => stay.Ledger.Recorded(note));
        }
        else
        {
            base.OnMessage(message);
        }
    }

    /// <inheritdoc/>
    protected override Task CloseAsync()
    {
        stay.Ledger.Detach();
        // A failure of this life is none of the ticks': they go on.
        return Life.End is LifeEnd.Well or LifeEnd.Lost ? stay.EndAsync() : Task.CompletedTask;
    }
}
