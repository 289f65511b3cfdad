using System.Collections.Concurrent;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;

namespace Trading.Actors.Shell;

/// <summary>The aggregates in this process, and how each does.</summary>
internal sealed class EntityRegister
{
    private readonly ConcurrentDictionary<StreamName, Func<Vital>> _entities = new();
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Takes one in, if there is room for another of its kind.</summary>
    public bool TryAdd(StreamName stream, Func<Vital> health, int most)
    {
        if (_counts.AddOrUpdate(stream.Category, 1, static (_, count) => count + 1) > most)
        {
            _counts.AddOrUpdate(stream.Category, 0, static (_, count) => count - 1);
            return false;
        }

        _entities[stream] = health;
        return true;
    }

    /// <summary>It is gone.</summary>
    public void Remove(StreamName stream)
    {
        if (_entities.TryRemove(stream, out _))
        {
            _counts.AddOrUpdate(stream.Category, 0, static (_, count) => count - 1);
        }
    }

    /// <summary>How many of a kind there are.</summary>
    public int Count(string category) => _counts.GetValueOrDefault(category);

    /// <summary>How each does.</summary>
    public IEnumerable<Vital> Vitals() => _entities.Values.Select(health => health());
}
