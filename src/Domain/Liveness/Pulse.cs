namespace Trading.Domain.Liveness;

/// <summary>Tells work that gets on from work that does not: it counts what waits and remembers when something last got
/// done. Something waits and nothing got done for a while: stalled. However much there is to do, as long as it gets done it
/// is not stalled. Thread-safe, and cheap enough for every append and every message.</summary>
/// <param name="time">The clock.</param>
/// <param name="within">Within this time something must get done; null for <see cref="Patience"/>.</param>
public sealed class Pulse(TimeProvider time, TimeSpan? within = null)
{
    /// <summary>Whoever looks does so every second, and may see the work only then: what stalls is known within 10 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);

    // A failure that nobody repeats is over: else a part without work would stay stuck for ever.
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(1);

    private readonly TimeSpan _within = within ?? Patience;
    private long _movedAt = time.GetTimestamp();
    private long _failedAt;
    private int _waiting;
    private volatile string? _failure;

    /// <summary>How much waits.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>The stall, or null while all is well.</summary>
    public Stall? Stalled
    {
        get
        {
            var (moved, failed) = (Volatile.Read(ref _movedAt), Volatile.Read(ref _failedAt));
            // One failure is none: it is tried again and fails for as long as other work may stand still.
            var failing =
                _failure is not null
                && time.GetElapsedTime(moved, failed) >= _within
                && time.GetElapsedTime(failed) < s_memory;
            if (Waiting <= 0 && !failing)
            {
                return null;
            }

            var still = time.GetElapsedTime(moved);
            return still < _within ? null : new(time.GetUtcNow() - still, failing ? _failure! : "");
        }
    }

    /// <summary>One more thing waits.</summary>
    public void Begin()
    {
        if (Interlocked.Increment(ref _waiting) == 1 && _failure is null)
        {
            Volatile.Write(ref _movedAt, time.GetTimestamp());
        }
    }

    /// <summary>One thing is done.</summary>
    public void End()
    {
        Advance();
        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>Something got done, and more is left.</summary>
    public void Advance()
    {
        _failure = null;
        Volatile.Write(ref _movedAt, time.GetTimestamp());
    }

    /// <summary>A step on the way to something that counts only when it is reached: it postpones a stall, and ends neither one
    /// nor a row of failures.</summary>
    public void Step()
    {
        if (_failure is null && Stalled is null)
        {
            Volatile.Write(ref _movedAt, time.GetTimestamp());
        }
    }

    /// <summary>One thing failed. That is no progress: if it goes on like this, it is stalled.</summary>
    /// <param name="reason">Why, in a word; no data.</param>
    public void Fail(string reason)
    {
        if (_failure is null && Waiting <= 0)
        {
            Volatile.Write(ref _movedAt, time.GetTimestamp());
        }

        Volatile.Write(ref _failedAt, time.GetTimestamp());
        _failure = reason;
        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>One thing is not waited for any more.</summary>
    public void Abandon() => Interlocked.Decrement(ref _waiting);

    /// <summary>Watches something from now to its end.</summary>
    public ValueTask<T> WatchAsync<T>(ValueTask<T> work)
    {
        Begin();
        return FinishAsync(work);
    }

    /// <summary>Watches something from now to its end.</summary>
    public async ValueTask WatchAsync(ValueTask work) => await WatchAsync(Completed(work));

    /// <summary>Watches something that was begun to its end.</summary>
    public async Task FinishAsync(Task work) => await FinishAsync(Completed(new ValueTask(work)));

    private async ValueTask<T> FinishAsync<T>(ValueTask<T> work)
    {
        try
        {
            var result = await work;
            End();
            return result;
        }
        catch (OperationCanceledException)
        {
            Abandon();
            throw;
        }
        catch (Exception failure)
        {
            Fail(failure.GetType().Name);
            throw;
        }
    }

    private static async ValueTask<bool> Completed(ValueTask work)
    {
        await work;
        return true;
    }
}

/// <summary>Something waits and does not get done.</summary>
/// <param name="Since">When something last got done, or began to wait.</param>
/// <param name="Reason">The failure that repeats; empty when there is none.</param>
public sealed record Stall(DateTimeOffset Since, string Reason);
