namespace Trading.Api.Observability;

/// <summary>One set of labels of one metric, with what was measured under it.</summary>
internal abstract class Series(string labels)
{
    /// <summary>Labels as Prometheus writes them, without braces; empty for none.</summary>
    public string Labels { get; } = labels;

    /// <summary>Takes a measurement.</summary>
    public abstract void Record(double value);

    /// <summary>Adds up deltas: counters and up-down counters.</summary>
    internal sealed class Sum(string labels) : Series(labels)
    {
        private double _value;

        public double Value => Volatile.Read(ref _value);

        public override void Record(double value)
        {
            var seen = Volatile.Read(ref _value);
            while (true)
            {
                var found = Interlocked.CompareExchange(ref _value, seen + value, seen);
                if (found.Equals(seen))
                {
                    return;
                }

                seen = found;
            }
        }
    }

    /// <summary>Holds the last value: gauges and all observable instruments, which report absolute values.</summary>
    internal sealed class Last(string labels) : Series(labels)
    {
        private double _value;

        public double Value => Volatile.Read(ref _value);

        public override void Record(double value) => Volatile.Write(ref _value, value);
    }

    /// <summary>Counts into buckets.</summary>
    internal sealed class Distribution(string labels, IReadOnlyList<double> bounds) : Series(labels)
    {
        private readonly Lock _gate = new();
        private readonly long[] _counts = new long[bounds.Count + 1];
        private double _sum;

        public override void Record(double value)
        {
            var bucket = 0;
            while (bucket < bounds.Count && value > bounds[bucket])
            {
                bucket++;
            }

            lock (_gate)
            {
                _counts[bucket]++;
                _sum += value;
            }
        }

        /// <summary>Cumulative counts, the last one of all measurements, and their sum.</summary>
        public (long[] Cumulative, double Sum) Read()
        {
            lock (_gate)
            {
                var cumulative = new long[_counts.Length];
                var running = 0L;
                for (var i = 0; i < _counts.Length; i++)
                {
                    cumulative[i] = running += _counts[i];
                }

                return (cumulative, _sum);
            }
        }
    }
}
