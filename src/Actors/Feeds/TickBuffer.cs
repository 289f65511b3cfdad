using Trading.Domain.Market;

namespace Trading.Actors.Feeds;

/// <summary>Two arrays: one is filled while the other is written. They grow to the bound and then make the filler wait.
/// </summary>
internal sealed class TickBuffer(int capacity)
{
    private const int Smallest = 1_024;
    private Tick[] _filling = new Tick[Math.Min(Smallest, capacity)];
    private Tick[] _writing = new Tick[Math.Min(Smallest, capacity)];
    private TaskCompletionSource? _room;

    /// <summary>Ticks waiting to be written.</summary>
    public int Count { get; private set; }

    /// <summary>No tick can be added now.</summary>
    public bool IsFull => Count >= capacity;

    /// <summary>Adds a tick to a buffer that is not full.</summary>
    public void Add(in Tick tick)
    {
        if (Count == _filling.Length)
        {
            Array.Resize(ref _filling, Math.Min(capacity, _filling.Length * 2));
        }

        _filling[Count++] = tick;
    }

    /// <summary>Completes when there is room again.</summary>
    public Task Room() => (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Takes out everything. The memory is good until the next call.</summary>
    public ReadOnlyMemory<Tick> Take()
    {
        (_filling, _writing) = (_writing, _filling);
        var taken = _writing.AsMemory(0, Count);
        Clear();
        return taken;
    }

    /// <summary>Throws away what waits.</summary>
    public void Clear()
    {
        Count = 0;
        _room?.SetResult();
        _room = null;
    }
}
