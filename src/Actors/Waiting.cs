namespace Trading.Actors;

/// <summary>Waits that end on the waiter's own thread of execution. The library's own ways (<c>WaitAsync</c>, <c>WhenAny</c>)
/// take a turn on the thread pool in between, where a simulation on virtual time cannot see them.</summary>
internal static class Waiting
{
    /// <summary>Until a task that does not fail has ended.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static Task ForAsync(Task task, CancellationToken cancellation) =>
        ForAsync(task, Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);

    /// <summary>Until a task that does not fail has ended, or the time is over.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static async Task ForAsync(Task task, TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var late =
            atMost == Timeout.InfiniteTimeSpan
                ? null
                : time.CreateTimer(_ => over.TrySetResult(), null, atMost, Timeout.InfiniteTimeSpan);
        await using var gone = cancellation.Register(() => over.TrySetCanceled(cancellation));
        _ = EndAsync(task, over);
        await over.Task;
    }

    private static async Task EndAsync(Task task, TaskCompletionSource over)
    {
        await task;
        over.TrySetResult();
    }
}
