namespace Trading.Sandbox.CTrader.Market;

/// <summary>How tapes are played.</summary>
internal sealed record TapeSettings(double Speed, bool PauseWithoutSubscribers);

/// <summary>
/// Plays the tapes that were started by one subscription, merged by time. Every line becomes one quote, in order. At speed
/// zero the listeners set the pace; otherwise the clock does.
/// </summary>
internal sealed class TapePlayer(
    IReadOnlyList<Instrument> instruments,
    MarketFeed feed,
    Lock gate,
    TapeSettings settings,
    TimeProvider time,
    ILogger logger
)
{
    private const int Batch = 1_024;

    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    private readonly Signal _changed = new(time);
    private readonly long _startedAt = time.GetTimestamp();
    private readonly List<Instrument> _playing = [.. instruments];
    private readonly List<ISpotListener> _listeners = [];
    private long _origin = long.MinValue;
    private long _position;

    /// <summary>Tells that listeners came or went, or that a price was frozen or released.</summary>
    public void Wake() => _changed.Set();

    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            foreach (var instrument in _playing)
            {
                if (instrument.Tape!.NeedsTicks)
                {
                    await FillAsync(instrument, ct);
                }
            }

            _playing.RemoveAll(i => i.Tape!.Ended);
            if (_playing.Count == 0)
            {
                return;
            }

            TimeSpan wait;
            lock (gate)
            {
                wait = PlayDue();
                NoteListeners();
            }

            if (wait > TimeSpan.Zero)
            {
                await _changed.WaitAsync(wait, ct);
            }
            else if (settings.Speed == 0)
            {
                foreach (var listener in _listeners)
                {
                    await listener.DrainAsync(ct);
                }

                // Requests must get the lock between two batches even when the peers take everything at once.
                await Task.Yield();
            }
        }
    }

    private async Task FillAsync(Instrument instrument, CancellationToken ct)
    {
        try
        {
            await instrument.Tape!.FillAsync(ct);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // The tapes that play beside it are none the worse.
            Log.TapeDamaged(logger, instrument.Symbol.Spec.Name, e.Message);
            instrument.Tape!.End();
        }
    }

    private void NoteListeners()
    {
        _listeners.Clear();
        foreach (var instrument in _playing)
        {
            foreach (var listener in instrument.Listeners)
            {
                if (!listener.IsStalled)
                {
                    _listeners.Add(listener);
                }
            }
        }
    }

    /// <summary>Plays a batch of what is due; returns how long nothing will be due, zero to be called again at once.</summary>
    private TimeSpan PlayDue()
    {
        if (_origin == long.MinValue)
        {
            _origin = _position = _playing.Min(i => i.Tape!.Due);
        }

        if (settings.Speed > 0)
        {
            _position = _origin + (long)(time.GetElapsedTime(_startedAt).TotalMilliseconds * settings.Speed);
        }

        foreach (var instrument in _playing)
        {
            var rests = settings.PauseWithoutSubscribers && !instrument.HasLiveListener;
            instrument.Tape!.Pause(rests || instrument.Frozen, _position);
        }

        for (var played = 0; played < Batch; played++)
        {
            if (Earliest() is not { Tape: { } tape } instrument)
            {
                return s_longest;
            }

            if (settings.Speed == 0)
            {
                _position = Math.Max(_position, tape.Due);
            }
            else if (tape.Due > _position)
            {
                var wait = TimeSpan.FromMilliseconds(Math.Max(1, (tape.Due - _position) / settings.Speed));
                return wait < s_longest ? wait : s_longest;
            }

            feed.Apply(instrument, tape.Next);
            tape.Advance();
            if (tape.NeedsTicks)
            {
                break;
            }
        }

        return TimeSpan.Zero;
    }

    private Instrument? Earliest()
    {
        Instrument? earliest = null;
        foreach (var instrument in _playing)
        {
            if (instrument.Tape!.PausedAt is null && (earliest is null || instrument.Tape.Due < earliest.Tape!.Due))
            {
                earliest = instrument;
            }
        }

        return earliest;
    }
}
