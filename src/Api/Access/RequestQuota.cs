using System.Collections.Concurrent;

namespace Trading.Api.Access;

/// <summary>Requests a minute for each caller: a bucket that holds a minute's worth and refills evenly. Bounded: idle
/// callers are forgotten.</summary>
internal sealed class RequestQuota(int perMinute, TimeProvider time)
{
    private const int MaxCallers = 20_000;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();

    /// <summary>Takes one request from the caller's bucket; when it is empty, how long until the next one.</summary>
    public TimeSpan? Take(string caller)
    {
        if (perMinute == 0)
        {
            return null;
        }

        if (!_buckets.TryGetValue(caller, out var bucket))
        {
            if (_buckets.Count >= MaxCallers)
            {
                ForgetIdle();
            }

            bucket = _buckets.GetOrAdd(
                caller,
                static (_, made) => new(made.perMinute, made.now),
                (perMinute, now: Now())
            );
        }

        return bucket.Take(perMinute, Now());
    }

    private long Now() => time.GetTimestamp() * 1_000 / time.TimestampFrequency;

    // A bucket untouched for a minute is full again, so forgetting it changes nothing. If all are busy the whole table
    // goes: a flood of addresses must cost no memory.
    private void ForgetIdle()
    {
        var now = Now();
        foreach (var (caller, bucket) in _buckets)
        {
            if (bucket.IdleSince(now) > 60_000)
            {
                _buckets.TryRemove(caller, out _);
            }
        }

        if (_buckets.Count >= MaxCallers)
        {
            _buckets.Clear();
        }
    }

    private sealed class Bucket(int tokens, long filledAt)
    {
        private readonly Lock _gate = new();
        private double _tokens = tokens;
        private long _filledAt = filledAt;

        public TimeSpan? Take(int perMinute, long now)
        {
            lock (_gate)
            {
                _tokens = Math.Min(perMinute, _tokens + (now - _filledAt) * perMinute / 60_000d);
                _filledAt = now;
                if (_tokens >= 1)
                {
                    _tokens--;
                    return null;
                }

                return TimeSpan.FromMilliseconds((1 - _tokens) * 60_000 / perMinute);
            }
        }

        public long IdleSince(long now)
        {
            lock (_gate)
            {
                return now - _filledAt;
            }
        }
    }
}
