using Trading.Brokers.CTrader.Connection;
using Trading.Domain;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// Tells a quiet market from dead prices. A connection may go on answering while its prices have died, and a silence of
/// prices alone proves nothing, least of all at a weekend. So after some quiet the broker is asked for the quotes of a
/// symbol that nobody wants: its present quote must come at once, open market or not (source: cTrader Open API), and
/// no tick that somebody wants can be lost by asking.
/// </summary>
internal sealed class PriceWatch(
    Subscriptions subscriptions,
    LinkReceiver receiver,
    LinkTimings timings,
    TimeProvider clock
)
{
    // What was quiet for long, as a closed market is, is asked after less and less often.
    private static readonly TimeSpan MostPatience = TimeSpan.FromMinutes(5);

    private TimeSpan _patience = timings.QuietPrices;
    private long? _askedAt;

    /// <summary>Time until prices should be looked after; null when there are none to look after.</summary>
    public TimeSpan? Rest()
    {
        if (subscriptions.Streamed.Count == 0)
        {
            return null;
        }

        var quiet = receiver.SinceLastQuote;
        if (_askedAt is { } askedAt && clock.GetElapsedTime(askedAt) is var sinceAsked && quiet >= sinceAsked)
        {
            return _patience - sinceAsked;
        }

        _askedAt = null;
        _patience = timings.QuietPrices;
        return _patience - quiet;
    }

    /// <summary>Asks, if it is time to. The loss when prices are dead, null otherwise.</summary>
    public async Task<LinkLoss?> CheckAsync(IReadOnlySet<SymbolName> wanted, CancellationToken cancellation)
    {
        if (Rest() is not { } rest || rest > TimeSpan.Zero)
        {
            return null;
        }

        _patience = _patience * 2 < MostPatience ? _patience * 2 : MostPatience;
        _askedAt = clock.GetTimestamp();
        if (receiver.Symbols.FindSpare(wanted, subscriptions.Streamed) is not { } spare)
        {
            return null;
        }

        var answered = receiver.Probe(spare);
        try
        {
            // A refusal is no proof: the probe failed, not the prices.
            if (!await subscriptions.TrySubscribeAsync(spare, cancellation))
            {
                return null;
            }

            await answered.WaitAsync(timings.QuoteAnswer, clock, cancellation);
            return null;
        }
        catch (TimeoutException)
        {
            return new LinkLoss.Transient(LinkFault.PricesSilent, "The broker answers but sends no prices.");
        }
        finally
        {
            await subscriptions.UnsubscribeAsync([spare], cancellation);
            receiver.EndProbe();
        }
    }
}
