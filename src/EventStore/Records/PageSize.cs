namespace Trading.EventStore.Records;

/// <summary>How many rows to ask for, so that a page keeps within a number of bytes: learned from the rows seen.</summary>
internal sealed class PageSize(int mostRows, int aboutBytes)
{
    private const int FewestRows = 16;

    /// <summary>Rows of the next page.</summary>
    public int Rows { get; private set; } = Math.Min(mostRows, 1_024);

    /// <summary>Learns from a page.</summary>
    public void Seen(int rows, long bytes)
    {
        if (rows > 0)
        {
            Rows = (int)Math.Clamp(aboutBytes / Math.Max(1, bytes / rows), FewestRows, mostRows);
        }
    }
}
