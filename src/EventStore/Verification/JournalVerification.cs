using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;

namespace Trading.EventStore.Verification;

/// <summary>One run over the journal. Each batch is checked against the stored hash before it, so stretches of batches are
/// checked side by side; what ties them together (links, versions, anchors) is followed in order behind them.</summary>
internal sealed class JournalVerification(IJournalRows rows, IReadOnlyList<LogAnchor> anchors)
{
    private const int StretchEvents = 16_384;
    private const int StretchLinks = 4_096;

    // One more than cores are kept busy by hashing: a stretch also waits for the server.
    private static readonly int SideBySide = Math.Min(Environment.ProcessorCount, 8) + 1;

    private readonly AnchorWatch _anchors = new(anchors);
    private readonly Dictionary<long, long> _versions = [];
    private long _lastCovered;

    public async IAsyncEnumerable<Finding> RunAsync(
        IProgress<Offset>? progress,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var head = await rows.HeadAsync(cancellation);
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var working = new Queue<Task<StretchResult>>();
        try
        {
            await foreach (var stretch in StretchesAsync(head, cancellation))
            {
                var check = new StretchCheck(rows, stretch);
                working.Enqueue(Task.Run(() => check.RunAsync(abandoned.Token), cancellation));
                if (working.Count < SideBySide)
                {
                    continue;
                }

                foreach (var finding in Follow(await working.Peek(), progress))
                {
                    yield return finding;
                }

                _ = working.Dequeue();
            }

            while (working.TryPeek(out var check))
            {
                foreach (var finding in Follow(await check, progress))
                {
                    yield return finding;
                }

                _ = working.Dequeue();
            }
        }
        finally
        {
            await abandoned.CancelAsync();
            await Task.WhenAll(working).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        foreach (var finding in _anchors.End(head))
        {
            yield return finding;
        }

        foreach (var stray in await rows.StraysAsync(head, cancellation))
        {
            yield return new(FindingKind.StrayEvent, new(stray), $"An event stands at {stray}, beyond the head.");
        }
    }

    private async IAsyncEnumerable<Stretch> StretchesAsync(
        long head,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (after, before) = (0L, HashChain.Start.ToArray());
        var pending = new List<ChainLink>();
        var page = await rows.LinksAsync(0, head, StretchLinks, cancellation);
        while (page.Count > 0)
        {
            foreach (var link in page)
            {
                pending.Add(link);
                if (link.Last - after < StretchEvents && pending.Count < StretchLinks)
                {
                    continue;
                }

                yield return new(after, link.Last, before, pending);
                (after, before, pending) = (link.Last, link.Hash, []);
            }

            page = await rows.LinksAsync(page[^1].Last, head, StretchLinks, cancellation);
        }

        if (pending is [.., { } last])
        {
            yield return new(after, last.Last, before, pending);
        }
    }

    private IEnumerable<Finding> Follow(StretchResult result, IProgress<Offset>? progress)
    {
        foreach (var finding in result.Findings)
        {
            yield return finding;
        }

        foreach (var link in result.Stretch.Links)
        {
            if (link.First != _lastCovered + 1)
            {
                yield return new(
                    FindingKind.BrokenChain,
                    new(link.Last),
                    $"The batch that ends at {link.Last} begins at {link.First}, the one before it ended at {_lastCovered}."
                );
            }

            _lastCovered = link.Last;
            foreach (var finding in _anchors.Take(link))
            {
                yield return finding;
            }
        }

        foreach (var place in result.Places)
        {
            var expected = _versions.GetValueOrDefault(place.Stream) + 1;
            if (place.Version != expected)
            {
                yield return new(
                    FindingKind.WrongVersion,
                    new(place.Offset),
                    $"The event at {place.Offset} goes on its stream with version {place.Version}, not {expected}."
                );
            }

            _versions[place.Stream] = place.Version;
        }

        progress?.Report(new(result.Stretch.UpTo));
    }
}
