using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Tools.Events;

/// <summary>Prints the ticks of the market log that a filter lets through.</summary>
internal sealed class MarketLines(ITickLog market, EventFilter filter, LineOutput output)
{
    private long _printed;

    /// <summary>How many ticks were printed.</summary>
    public long Printed => _printed;

    /// <summary>Prints up to the head, or for ever when following.</summary>
    public async Task PrintAsync(bool follow, CancellationToken cancellation)
    {
        var after = new Offset(filter.From.Value - 1);
        var blocks = follow ? market.SubscribeAsync(after, cancellation) : market.ReadAsync(after, cancellation);
        await foreach (var block in blocks.WithCancellation(cancellation))
        {
            var more = await PrintAsync(block, cancellation);
            if (follow)
            {
                await output.FlushAsync(cancellation);
            }

            if (!more)
            {
                break;
            }
        }

        await output.FlushAsync(cancellation);
    }

    private async ValueTask<bool> PrintAsync(TickBlock block, CancellationToken cancellation)
    {
        if (block.First > filter.To || block.RecordedAt > filter.Until)
        {
            return false;
        }

        if (filter.Stream is { } stream && block.Stream != stream)
        {
            return block.Last < filter.To;
        }

        var last = Math.Min(block.Ticks.Length, filter.To.Value - block.First.Value + 1);
        for (var i = 0; i < last && _printed < filter.Limit; i++)
        {
            if (filter.Symbol is { } symbol && block.Ticks.Span[i].Symbol != symbol)
            {
                continue;
            }

            EventLine.Write(output.Begin(), block, i);
            await output.EndAsync(cancellation);
            _printed++;
        }

        return _printed < filter.Limit && block.Last < filter.To;
    }
}
