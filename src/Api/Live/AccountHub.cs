using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Api.Live;

/// <summary>Sorts the journal's events to the clients of the users they are about.</summary>
internal sealed class AccountHub(JournalFeed feed) : IJournalObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UserKey, List<AccountOutbox>> _outboxes = [];

    /// <summary>Adds a client's outbox and answers the last offset that will not come to it.</summary>
    public Offset Join(UserKey user, AccountOutbox outbox)
    {
        lock (_gate)
        {
            if (!_outboxes.TryGetValue(user, out var mine))
            {
                _outboxes[user] = mine = [];
            }

            mine.Add(outbox);
        }

        // Read after joining: what the feed handed out before came too early for the outbox, or came to it as well, and
        // then the client's own offset tells that it is known.
        return feed.Position;
    }

    /// <summary>Takes an outbox off.</summary>
    public void Leave(UserKey user, AccountOutbox outbox)
    {
        lock (_gate)
        {
            if (_outboxes.TryGetValue(user, out var mine) && mine.Remove(outbox) && mine.Count == 0)
            {
                _outboxes.Remove(user);
            }
        }
    }

    /// <inheritdoc/>
    public void Observe(RecordedEvent recorded)
    {
        if (recorded.User is not { } user)
        {
            return;
        }

        lock (_gate)
        {
            if (!_outboxes.TryGetValue(user, out var mine))
            {
                return;
            }

            if (recorded.Type == UserErased.Descriptor.FullName)
            {
                mine.ForEach(outbox => outbox.End());
            }
            else if (AccountFrame.Of(recorded) is { } frame)
            {
                foreach (var outbox in mine)
                {
                    outbox.Offer(recorded.Offset, frame);
                }
            }
        }
    }
}
