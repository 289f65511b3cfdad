using System.Diagnostics.CodeAnalysis;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>The newest end of a log as this process knows it: the head, and the last commits made here, so that followers
/// in this process need no round trip. Bounded; whoever falls behind it reads from the table.</summary>
/// <param name="mostEvents">Most events kept.</param>
/// <param name="mostBytes">Most bytes of payload kept: few large events must not weigh more than many small ones.</param>
internal sealed class Tail<TChunk>(int mostEvents, long mostBytes)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _recent = new();
    private long _heldEvents;
    private long _heldBytes;
    private int _followers;
    private Offset _head;
    private TaskCompletionSource _moved = NewSignal();

    /// <summary>The newest offset known to be committed.</summary>
    public Offset Head
    {
        get
        {
            lock (_gate)
            {
                return _head;
            }
        }
    }

    /// <summary>Whether anyone in this process follows the log; if not, commits need not be kept.</summary>
    public bool HasFollowers => Volatile.Read(ref _followers) > 0;

    /// <summary>Counts a follower in (+1) or out (-1).</summary>
    public void Follow(int change) => Interlocked.Add(ref _followers, change);

    /// <summary>Takes in a commit of this process, of about so many bytes.</summary>
    public void Publish(Offset first, Offset last, TChunk chunk, long bytes)
    {
        var entry = new Entry(first, last, chunk, bytes);
        lock (_gate)
        {
            _recent.AddLast(entry);
            _heldEvents += entry.Count;
            _heldBytes += bytes;
            while ((_heldEvents > mostEvents || _heldBytes > mostBytes) && _recent.First is { } oldest)
            {
                _heldEvents -= oldest.Value.Count;
                _heldBytes -= oldest.Value.Bytes;
                _recent.RemoveFirst();
            }
        }

        Seen(last);
    }

    /// <summary>Takes note that the log reaches at least this far.</summary>
    public void Seen(Offset head)
    {
        TaskCompletionSource moved;
        lock (_gate)
        {
            if (head <= _head)
            {
                return;
            }

            _head = head;
            moved = _moved;
            _moved = NewSignal();
        }

        moved.TrySetResult();
    }

    /// <summary>Finds the commit that holds the event after an offset.</summary>
    public bool TryFind(Offset after, [MaybeNullWhen(false)] out TChunk chunk)
    {
        var wanted = after.Plus(1);
        lock (_gate)
        {
            // From the newest: that is where a follower that keeps up finds what it wants.
            for (var node = _recent.Last; node is not null && node.Value.Last >= wanted; node = node.Previous)
            {
                if (node.Value.First <= wanted)
                {
                    chunk = node.Value.Chunk;
                    return true;
                }
            }
        }

        chunk = default;
        return false;
    }

    /// <summary>Waits until the log is known to reach beyond an offset.</summary>
    public Task WaitBeyondAsync(Offset after, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return _head > after ? Task.CompletedTask : _moved.Task.WaitAsync(cancellation);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Entry(Offset First, Offset Last, TChunk Chunk, long Bytes)
    {
        public long Count => Last.Value - First.Value + 1;
    }
}
