using System.Collections.Concurrent;
using Trading.Domain.Sessions;

namespace Trading.Actors.Sessions;

/// <summary>Lets all sessions with the same offer of symbols share one copy of it: a broker lists hundreds of symbols, and
/// thousands of sessions have the same list. A copy that no session holds any more is collected.</summary>
internal sealed class SharedCatalogs
{
    private const int SweepAbove = 256;
    private readonly ConcurrentDictionary<string, WeakReference<SymbolCatalog>> _byDigest = new();

    /// <summary>The shared copy of a catalog.</summary>
    public SymbolCatalog Share(SymbolCatalog catalog)
    {
        while (true)
        {
            var held = _byDigest.GetOrAdd(catalog.Digest, static (_, fresh) => new(fresh), catalog);
            if (held.TryGetTarget(out var shared))
            {
                return shared;
            }

            if (_byDigest.TryUpdate(catalog.Digest, new(catalog), held))
            {
                Sweep();
                return catalog;
            }
        }
    }

    private void Sweep()
    {
        if (_byDigest.Count > SweepAbove)
        {
            foreach (var dead in _byDigest.Where(pair => !pair.Value.TryGetTarget(out _)))
            {
                _byDigest.TryRemove(dead);
            }
        }
    }
}
