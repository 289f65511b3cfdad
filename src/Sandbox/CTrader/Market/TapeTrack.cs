namespace Trading.Sandbox.CTrader.Market;

/// <summary>One recorded tape and the place it has reached.</summary>
internal sealed class TapeTrack(TapeReader reader) : IAsyncDisposable
{
    private readonly Tick[] _ticks = new Tick[2_048];
    private int _next;
    private int _count;

    public bool Started { get; set; }
    public bool Ended { get; private set; }
    public bool NeedsTicks => !Ended && _next == _count;

    /// <summary>Milliseconds by which pauses have moved this tape against its player's clock.</summary>
    public long Shift { get; private set; }
    public long? PausedAt { get; private set; }
    public ref readonly Tick Next => ref _ticks[_next];
    public long Due => _ticks[_next].Time + Shift;

    /// <summary>Reads ahead; not under the lock.</summary>
    public async ValueTask FillAsync(CancellationToken ct)
    {
        _next = 0;
        _count = await reader.ReadAsync(_ticks, ct);
        Ended = _count == 0;
    }

    public void Advance() => _next++;

    /// <summary>Nothing more is read from it.</summary>
    public void End() => Ended = true;

    /// <summary>Waits from here on while nobody listens, and goes on later as if no time had passed.</summary>
    public void Pause(bool paused, long position)
    {
        if (paused)
        {
            PausedAt ??= position;
        }
        else if (PausedAt is { } since)
        {
            Shift += position - since;
            PausedAt = null;
        }
    }

    public ValueTask DisposeAsync() => reader.DisposeAsync();
}
