namespace Trading.EventStore.Records;

/// <summary>Gives the same value for the same bytes, so that what repeats in every row (types, users) is made once. Holds a
/// bounded number and forgets all when full. For one thread at a time.</summary>
internal sealed class ByteInterner<T>(Func<byte[], T> make, int capacity = 4_096)
{
    private readonly Dictionary<byte[], T> _known = new(ByteComparer.Instance);
    private byte[]? _lastBytes;
    private T _lastValue = default!;

    public T Get(ReadOnlySpan<byte> bytes)
    {
        if (_lastBytes is not null && bytes.SequenceEqual(_lastBytes))
        {
            return _lastValue;
        }

        var lookup = _known.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(bytes, out var key, out var value))
        {
            if (_known.Count >= capacity)
            {
                _known.Clear();
            }

            key = bytes.ToArray();
            value = make(key);
            _known.Add(key, value);
        }

        (_lastBytes, _lastValue) = (key, value);
        return value;
    }

    private sealed class ByteComparer
        : IEqualityComparer<byte[]>,
            IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly ByteComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
