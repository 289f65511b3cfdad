using System.Threading.Channels;

namespace Trading.Simulation.Scheduling;

/// <summary>A queue with one reader on the same strand.</summary>
internal sealed class Mail<T>
{
    private readonly Queue<T> _waiting = new();
    private TaskCompletionSource? _arrival;

    /// <summary>Adds a message.</summary>
    public void Add(T message)
    {
        _waiting.Enqueue(message);
        _arrival?.TrySetResult();
    }

    /// <summary>Takes the next message, as soon as there is one.</summary>
    public async Task<T> TakeAsync()
    {
        while (true)
        {
            if (_waiting.TryDequeue(out var message))
            {
                return message;
            }

            _arrival = new();
            await _arrival.Task;
        }
    }
}

/// <summary>A channel's reader whose enumeration goes on where it was begun. The library's own goes on anywhere.</summary>
internal sealed class StrandReader<T>(ChannelReader<T> inner) : ChannelReader<T>
{
    /// <inheritdoc/>
    public override Task Completion => inner.Completion;

    /// <inheritdoc/>
    public override bool TryRead(out T item) => inner.TryRead(out item!);

    /// <inheritdoc/>
    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
        inner.WaitToReadAsync(cancellationToken);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<T> ReadAllAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        while (await WaitToReadAsync(cancellationToken))
        {
            while (TryRead(out var item))
            {
                yield return item;
            }
        }
    }
}
