namespace Trading.Tools.Diff;

/// <summary>What became of something between two moments.</summary>
internal interface IDifference
{
    /// <summary>The events in between, each with what it changed.</summary>
    IAsyncEnumerable<DiffStep> StepsAsync(CancellationToken cancellation);

    /// <summary>All of it together; known once the steps are through.</summary>
    DiffTotal Total { get; }
}
