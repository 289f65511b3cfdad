namespace Trading.Api.Observability;

/// <summary>Compares tags of measurements in the order they come, so that none need be copied to be looked up.</summary>
internal sealed class TagsAsTheyCome
    : IEqualityComparer<KeyValuePair<string, object?>[]>,
        IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
{
    private TagsAsTheyCome() { }

    /// <summary>The one there is.</summary>
    public static TagsAsTheyCome Equality { get; } = new();

    /// <inheritdoc/>
    public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && Equals(x.AsSpan(), y));

    /// <inheritdoc/>
    public int GetHashCode(KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

    /// <inheritdoc/>
    public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) =>
        alternate.ToArray();

    /// <inheritdoc/>
    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
    {
        if (alternate.Length != other.Length)
        {
            return false;
        }

        for (var i = 0; i < other.Length; i++)
        {
            if (alternate[i].Key != other[i].Key || !Equals(alternate[i].Value, other[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Of the values alone: tags of one instrument differ in little else.</summary>
    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        var hash = new HashCode();
        foreach (var (_, value) in alternate)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }
}
