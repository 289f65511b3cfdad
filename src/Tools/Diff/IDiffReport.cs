namespace Trading.Tools.Diff;

/// <summary>Tells what changed.</summary>
internal interface IDiffReport
{
    /// <summary>One event and what it changed.</summary>
    ValueTask TellAsync(DiffStep step, CancellationToken cancellation);

    /// <summary>All of it together.</summary>
    ValueTask EndAsync(DiffTotal total, CancellationToken cancellation);
}
