namespace Trading.Brokers.CTrader.Mapping;

/// <summary>
/// Lets links that see the same symbols hold one directory between them: a broker lists thousands, and a thousand
/// sessions would each keep their own.
/// </summary>
internal sealed class SharedDirectories
{
    // Brokers differ in their lists, and a list changes now and then; more than a few at a time are not seen.
    private const int Capacity = 16;

    private readonly Lock _gate = new();
    private readonly List<WeakReference<SymbolDirectory>> _known = [];

    /// <summary>A directory equal to the given one that is in use already, or else the given one.</summary>
    public SymbolDirectory Share(SymbolDirectory directory)
    {
        lock (_gate)
        {
            _known.RemoveAll(reference => !reference.TryGetTarget(out _));
            foreach (var reference in _known)
            {
                if (reference.TryGetTarget(out var known) && known.SameAs(directory))
                {
                    return known;
                }
            }

            if (_known.Count == Capacity)
            {
                _known.RemoveAt(0);
            }

            _known.Add(new WeakReference<SymbolDirectory>(directory));
            return directory;
        }
    }
}
