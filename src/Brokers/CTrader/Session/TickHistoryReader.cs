using Trading.Brokers.CTrader.Connection;
using Trading.Domain;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// Reads the ticks of the past: each side by itself, newest first, a week at most for one request, and page by page
/// (source: cTrader Open API). One request is under way at a time, so that the link's other history never waits long.
/// </summary>
internal sealed class TickHistoryReader(Inquirer inquirer, long accountId, Action beat)
{
    /// <summary>The longest time that one request may cover.</summary>
    public static readonly long WindowMs = (long)TimeSpan.FromDays(7).TotalMilliseconds;

    /// <summary>All ticks of a symbol between two moments, both included.</summary>
    public async Task<PastTicks> ReadAsync(
        long symbolId,
        Tick before,
        long fromMs,
        long toMs,
        int most,
        CancellationToken cancellation
    )
    {
        var bids = new List<SidePrice>();
        var asks = new List<SidePrice>();
        foreach (var (side, found) in new[] { (ProtoOAQuoteType.Bid, bids), (ProtoOAQuoteType.Ask, asks) })
        {
            // From the newest window to the oldest, as the pages within one come.
            for (var to = toMs; to >= fromMs; to -= WindowMs + 1)
            {
                var from = Math.Max(fromMs, to - WindowMs);
                if (await AddAsync(found, symbolId, side, from, to, most, cancellation) is { } end)
                {
                    return end;
                }
            }

            found.Reverse();
        }

        return new PastTicks.Found(TickSides.Merge(before, bids, asks));
    }

    // Null when the window is complete.
    private async Task<PastTicks?> AddAsync(
        List<SidePrice> found,
        long symbolId,
        ProtoOAQuoteType side,
        long fromMs,
        long toMs,
        int most,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            var request = new ProtoOAGetTickDataReq
            {
                CtidTraderAccountId = accountId,
                SymbolId = symbolId,
                Type = side,
                FromTimestamp = fromMs,
                ToTimestamp = toMs,
            };
            var (reply, error) = await inquirer.TryAskAsync<ProtoOAGetTickDataRes>(request, cancellation);
            if (reply is null)
            {
                return error!.Code is BrokerError.LinkLostCode or BrokerError.TimedOutCode
                    ? new PastTicks.Unavailable()
                    : new PastTicks.Refused(error.Code);
            }

            beat();
            var before = found.Count;
            var (time, price) = (0L, 0L);
            foreach (var entry in reply.Message.TickData)
            {
                time += entry.Timestamp;
                price += entry.Tick;
                found.Add(new(time, price));
            }

            if (!reply.Message.HasMore || found.Count == before)
            {
                return null;
            }

            if (found.Count > most)
            {
                return new PastTicks.TooMany();
            }

            toMs = NextEnd(found, before, toMs);
            if (toMs < fromMs)
            {
                return null;
            }
        }
    }

    // A page may end in the middle of a moment, so its last moment is asked for again, whole.
    private static long NextEnd(List<SidePrice> found, int before, long toMs)
    {
        var oldest = found[^1].TimestampMs;
        if (oldest == toMs && found[before].TimestampMs == toMs)
        {
            // A whole page of one moment would come again for ever: step over its edge.
            return toMs - 1;
        }

        var end = found.Count;
        while (end > 0 && found[end - 1].TimestampMs == oldest)
        {
            end--;
        }

        found.RemoveRange(end, found.Count - end);
        return oldest;
    }
}

/// <summary>One side of a symbol's quote, from a moment on.</summary>
/// <param name="TimestampMs">Unix milliseconds.</param>
/// <param name="Price">In 1/100,000 of the quote unit.</param>
internal readonly record struct SidePrice(long TimestampMs, long Price);

/// <summary>Makes ticks of two one-sided series.</summary>
internal static class TickSides
{
    /// <summary>Both series, oldest first, as ticks. What changed at one moment on both sides changed together; a side that
    /// did not change is as it was.</summary>
    public static List<Tick> Merge(Tick before, IReadOnlyList<SidePrice> bids, IReadOnlyList<SidePrice> asks)
    {
        var ticks = new List<Tick>(Math.Max(bids.Count, asks.Count));
        var (bid, ask) = (before.Bid, before.Ask);
        for (int b = 0, a = 0; b < bids.Count || a < asks.Count; )
        {
            var bidAt = b < bids.Count ? bids[b].TimestampMs : long.MaxValue;
            var askAt = a < asks.Count ? asks[a].TimestampMs : long.MaxValue;
            if (bidAt <= askAt)
            {
                bid = Price.FromHundredThousandths(bids[b++].Price);
            }

            if (askAt <= bidAt)
            {
                ask = Price.FromHundredThousandths(asks[a++].Price);
            }

            ticks.Add(new(before.Symbol, bid, ask, Math.Min(bidAt, askAt)));
        }

        return ticks;
    }
}
