namespace Trading.EventStore.Records;

/// <summary>How many rows to ask for. A page keeps within a number of bytes, learned from the rows seen; and it is full for a
/// reader who takes pages as fast as they come, and small for one who leaves them lying: reading ahead for a slow reader is
/// then a row of short strides, and not of bursts that everybody else on the machine feels.</summary>
internal sealed class PageSize(int mostRows, int aboutBytes, TimeProvider time)
{
    private const int FewestRows = 16;

    // Down to a quarter.
    private const int MostHalvings = 2;

    // A page that has lain there this many times as long as it took to read was wanted by nobody. Who folds as fast as it
    // can must stay below it: its pages are read while it works.
    private const int Unwanted = 4;

    private int _fitting = Math.Min(mostRows, 1_024);
    private int _halvings = MostHalvings;

    /// <summary>Rows of the next page.</summary>
    public int Rows => Math.Max(Math.Min(FewestRows, mostRows), _fitting >> _halvings);

    /// <summary>Learns from the rows of a page.</summary>
    public void Seen(int rows, long bytes)
    {
        if (rows > 0)
        {
            _fitting = (int)Math.Clamp(aboutBytes / Math.Max(1, bytes / rows), FewestRows, mostRows);
        }
    }

    /// <summary>Notes how long a page takes.</summary>
    public async Task<ReadPage<TPage>> ReadAsync<TPage>(Func<Task<TPage>> read)
    {
        var beganAt = time.GetTimestamp();
        return new(await read(), beganAt, time.GetTimestamp());
    }

    /// <summary>Hands a page to the reader, and learns from when the reader comes for it.</summary>
    public async Task<TPage> TakeAsync<TPage>(Task<ReadPage<TPage>> reading)
    {
        var lay = reading.IsCompleted;
        var page = await reading;
        if (!lay)
        {
            _halvings = Math.Max(0, _halvings - 1);
        }
        else if (time.GetTimestamp() - page.ReadyAt > Unwanted * (page.ReadyAt - page.BeganAt))
        {
            _halvings = Math.Min(MostHalvings, _halvings + 1);
        }

        return page.Content;
    }
}

/// <summary>A page, and when it was read by the clock's timestamps.</summary>
internal readonly record struct ReadPage<TPage>(TPage Content, long BeganAt, long ReadyAt);
