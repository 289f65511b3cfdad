using Trading.Domain.Logs;

namespace Trading.Projections.TimeTravel;

/// <summary>One figure of a row, by the name that answers give it. Compared without boxing: a fold of a million events asks
/// after each of them.</summary>
internal abstract class Figure<TRow>(string name)
    where TRow : class
{
    /// <summary>As answers call it.</summary>
    public string Name => name;

    /// <summary>Whether it differs between two rows.</summary>
    public abstract bool Differs(TRow before, TRow after);

    /// <summary>Its value in a row.</summary>
    public abstract object? Of(TRow row);

    /// <summary>A figure by what reads it.</summary>
    public static Figure<TRow> Of<T>(string name, Func<TRow, T> read) => new Typed<T>(name, read);

    private sealed class Typed<T>(string name, Func<TRow, T> read) : Figure<TRow>(name)
    {
        public override bool Differs(TRow before, TRow after) =>
            !EqualityComparer<T>.Default.Equals(read(before), read(after));

        public override object? Of(TRow row) => read(row);
    }
}

/// <summary>The figures of one kind of row.</summary>
internal sealed class Figures<TRow>(params IReadOnlyList<Figure<TRow>> all)
    where TRow : class
{
    /// <summary>How many.</summary>
    public int Count => all.Count;

    /// <summary>The name of one.</summary>
    public string NameOf(int index) => all[index].Name;

    /// <summary>The value of one.</summary>
    public object? Of(int index, TRow row) => all[index].Of(row);

    /// <summary>Puts an offset in the place of every figure that differs between two rows.</summary>
    public void Mark(TRow before, TRow after, Offset offset, Offset[] places)
    {
        for (var i = 0; i < places.Length; i++)
        {
            if (all[i].Differs(before, after))
            {
                places[i] = offset;
            }
        }
    }

    /// <summary>Adds what differs between two rows; a row that is not there has no figures.</summary>
    /// <param name="prefix">Stands before each name.</param>
    /// <param name="before">Null for a row that is new.</param>
    /// <param name="after">Null for a row that is gone.</param>
    /// <param name="changes">Where to add.</param>
    public void Compare(string prefix, TRow? before, TRow? after, List<FigureChange> changes)
    {
        if (ReferenceEquals(before, after))
        {
            return;
        }

        foreach (var figure in all)
        {
            if (before is null || after is null || figure.Differs(before, after))
            {
                var was = before is null ? null : figure.Of(before);
                var @is = after is null ? null : figure.Of(after);
                if (was is not null || @is is not null)
                {
                    changes.Add(new(prefix + figure.Name, was, @is));
                }
            }
        }
    }
}
