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

        return bucket.Take(Now());
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

    // Counted in whole parts of a request, so that nothing is rounded away: a request costs 60,000 of them, and the
    // limit a minute is at the same time what comes back each millisecond.
    private sealed class Bucket(int perMinute, long filledAt)
    {
        private const long Request = 60_000;

        private readonly Lock _gate = new();
        private long _parts = perMinute * Request;
        private long _filledAt = filledAt;

        public TimeSpan? Take(long now)
        {
            lock (_gate)
            {
                // Who read the clock earlier may come here later.
                var passed = Math.Clamp(now - _filledAt, 0, Request);
                _parts = Math.Min(perMinute * Request, _parts + passed * perMinute);
                _filledAt = Math.Max(now, _filledAt);
                if (_parts >= Request)
                {
                    _parts -= Request;
                    return null;
                }

                var missing = Request - _parts;
                return TimeSpan.FromMilliseconds((missing + perMinute - 1) / perMinute);
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
