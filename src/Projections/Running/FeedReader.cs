using System.Threading.Channels;
using Trading.Domain.Logs;

namespace Trading.Projections.Running;

/// <summary>Reads ahead while a batch is being written, and hands out whatever has arrived meanwhile: one event when it is
/// quiet, a full batch when there is much to catch up with.</summary>
internal sealed class FeedReader<TItem> : IAsyncDisposable
{
    // Each part is bounded by the log; this bounds how many of them wait here.
    private const int MostParts = 32;
    private readonly Feed<TItem> _feed;

    // Below this, handing a part to another thread costs more than it saves.
    private const int WorthPreparing = 64;
    private readonly Channel<(IReadOnlyList<TItem> Part, Task Prepared)> _parts = Channel.CreateBounded<(
        IReadOnlyList<TItem>,
        Task
    )>(new BoundedChannelOptions(MostParts) { SingleReader = true, SingleWriter = true });
    private readonly Action<IReadOnlyList<TItem>> _prepare;
    private readonly CancellationTokenSource _stop;
    private readonly SemaphoreSlim _taken = new(0);
    private volatile int _most;
    private readonly Task _reading;
    private int _waiting;

    /// <param name="feed">The log.</param>
    /// <param name="after">Where to begin.</param>
    /// <param name="most">Most events of a batch, but for its last part; about as many are read ahead. Events that wait long
    /// outlive the youngest garbage, and moving them costs more than reading further ahead saves.</param>
    /// <param name="prepare">Makes items ready, on another thread than the one that takes them; fails never.</param>
    /// <param name="cancellation">Ends the subscription.</param>
    public FeedReader(
        Feed<TItem> feed,
        Offset after,
        int most,
        Action<IReadOnlyList<TItem>> prepare,
        CancellationToken cancellation
    )
    {
        _feed = feed;
        _prepare = prepare;
        _most = most;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _reading = Task.Run(() => ReadAsync(after, _stop.Token), CancellationToken.None);
    }

    /// <summary>Most events of a batch from here on.</summary>
    public int Most
    {
        set => _most = value;
    }

    /// <summary>The next batch, of at least one item.</summary>
    public async Task<List<TItem>> NextAsync(CancellationToken cancellation)
    {
        var batch = new List<TItem>();
        var count = 0;
        while (batch.Count == 0)
        {
            if (!await _parts.Reader.WaitToReadAsync(cancellation))
            {
                throw new InvalidOperationException("The subscription ended by itself.");
            }

            while (count < _most && _parts.Reader.TryRead(out var part))
            {
                await part.Prepared;
                batch.AddRange(part.Part);
                count += part.Part.Sum(_feed.CountOf);
            }
        }

        Interlocked.Add(ref _waiting, -count);
        if (_taken.CurrentCount == 0)
        {
            _taken.Release();
        }

        return batch;
    }

    /// <summary>Ends the subscription.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _taken.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync(Offset after, CancellationToken cancellation)
    {
        try
        {
            await foreach (var part in _feed.SubscribeAsync(after, cancellation))
            {
                Interlocked.Add(ref _waiting, part.Sum(_feed.CountOf));
                var prepared =
                    part.Count < WorthPreparing
                        ? Task.CompletedTask
                        : Task.Run(() => _prepare(part), CancellationToken.None);
                await _parts.Writer.WriteAsync((part, prepared), cancellation);
                while (Volatile.Read(ref _waiting) >= _most)
                {
                    await _taken.WaitAsync(cancellation);
                }
            }

            _parts.Writer.TryComplete();
        }
        catch (Exception exception)
        {
            // Whoever takes the next batch gets it.
            _parts.Writer.TryComplete(exception);
        }
    }
}
