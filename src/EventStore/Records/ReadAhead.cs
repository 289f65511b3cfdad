using System.Runtime.CompilerServices;

namespace Trading.EventStore.Records;

/// <summary>Reads a dense range of places page by page, a bounded number of pages ahead of whoever takes them. Pages are read
/// at the same time on connections of their own, so that the server prepares one while another is unpacked here.</summary>
internal static class ReadAhead
{
    private static readonly int PagesAtOnce = Math.Clamp(Environment.ProcessorCount, 2, 4);

    /// <summary>The pages of everything after one place up to another, in order.</summary>
    /// <param name="after">Where to begin.</param>
    /// <param name="last">The last place wanted.</param>
    /// <param name="size">How many places to a page.</param>
    /// <param name="read">Reads the page of the places after one up to another.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async IAsyncEnumerable<TPage> PagesAsync<TPage>(
        long after,
        long last,
        PageSize size,
        Func<long, long, CancellationToken, Task<TPage>> read,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var ahead = new Queue<Task<ReadPage<TPage>>>();
        try
        {
            while (true)
            {
                while (ahead.Count < PagesAtOnce && after < last)
                {
                    var (from, upTo) = (after, Math.Min(last, after + size.Rows));
                    ahead.Enqueue(size.ReadAsync(() => read(from, upTo, abandoned.Token)));
                    after = upTo;
                }

                if (!ahead.TryPeek(out var next))
                {
                    yield break;
                }

                var page = await size.TakeAsync(next);
                _ = ahead.Dequeue();
                yield return page;
            }
        }
        finally
        {
            await abandoned.CancelAsync();
            foreach (var unwanted in ahead)
            {
                // Its connection must be back in the pool; what it read or why it failed no longer matters.
                await unwanted.ContinueWith(
                    _ => { },
                    CancellationToken.None,
                    TaskContinuationOptions.None,
                    TaskScheduler.Default
                );
            }
        }
    }
}
