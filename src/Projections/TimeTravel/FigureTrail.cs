using Trading.Domain.Logs;

namespace Trading.Projections.TimeTravel;

/// <summary>Where in the journal each figure got its present value.</summary>
public sealed class FigureTrail
{
    private readonly Dictionary<string, Offset> _places = new(StringComparer.Ordinal);

    /// <summary>The offset of the event that last changed each figure, by the figure's path.</summary>
    public IReadOnlyDictionary<string, Offset> Places => _places;

    /// <summary>Takes note of what one event changed.</summary>
    internal void Note(Offset offset, List<FigureChange> changes)
    {
        foreach (var change in changes)
        {
            _places[change.Figure] = offset;
        }
    }

    /// <summary>Leaves only what belongs to something that is still there.</summary>
    /// <param name="held">The positions and orders that are, as prefixes such as <c>positions.77.</c>.</param>
    internal void Keep(IReadOnlySet<string> held)
    {
        foreach (var figure in _places.Keys.ToArray())
        {
            var end = figure.LastIndexOf('.') + 1;
            if (end > 0 && !held.Contains(figure[..end]))
            {
                _places.Remove(figure);
            }
        }
    }
}
