using Trading.Domain.Logs;

namespace Trading.Projections.TimeTravel;

/// <summary>Which event last changed each figure of one row. Costs a comparison a figure and nothing on the heap: a fold of a
/// million events notes all of them.</summary>
internal sealed class RowTrail<TRow>(Figures<TRow> figures, Offset born)
    where TRow : class
{
    private readonly Offset[] _places = [.. Enumerable.Repeat(born, figures.Count)];

    /// <summary>Takes note of what an event changed.</summary>
    public void Note(Offset offset, TRow before, TRow after) => figures.Mark(before, after, offset, _places);

    /// <summary>The places by path; a figure that never had a value has none.</summary>
    public void AddTo(Dictionary<string, Offset> places, string prefix, TRow row)
    {
        for (var i = 0; i < _places.Length; i++)
        {
            if (_places[i] > born || figures.Of(i, row) is not null)
            {
                places[prefix + figures.NameOf(i)] = _places[i];
            }
        }
    }
}
