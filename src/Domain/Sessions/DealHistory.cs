using Trading.Domain.Events;

namespace Trading.Domain.Sessions;

/// <summary>
/// The deals a broker lists on connecting, as the explanation of what orders and positions have become. A deal that we
/// know already can explain as well as one that was missed: history is read after the snapshot, so a deal in between is
/// recorded while the news of its position is still to come, and whoever dies before that news knows the one without the
/// other.
/// </summary>
internal sealed class DealHistory(IReadOnlyList<DealExecuted> deals, IReadOnlySet<string> missed)
{
    private readonly ILookup<string, DealExecuted> _ofPosition = Chronicle(deals, deal => deal.PositionId);
    private readonly ILookup<string, DealExecuted> _ofOrder = Chronicle(
        deals.Where(deal => deal.FilledVolume > 0),
        deal => deal.OrderId
    );

    /// <summary>An order's fills, oldest first.</summary>
    public IEnumerable<DealExecuted> FillsOf(string orderId) => _ofOrder[orderId];

    /// <summary>How much of an order has been filled by now, in cents of units. History may begin in the middle of the
    /// order's life, and the order as known may lag behind its deals; whichever tells more is right.</summary>
    public long ExecutedVolumeOf(OrderDetails known)
    {
        var fills = FillsOf(known.OrderId);
        var news = fills.Where(deal => missed.Contains(deal.DealId)).Sum(deal => deal.FilledVolume);
        return Math.Max(known.ExecutedVolume + news, fills.Sum(deal => deal.FilledVolume));
    }

    /// <summary>The last deal of a position; null when none is listed.</summary>
    public DealExecuted? LastOf(string positionId) => _ofPosition[positionId].LastOrDefault();

    /// <summary>The last deal that the position as known does not show yet; null when there is none.</summary>
    public DealExecuted? NewsOf(PositionDetails known) =>
        _ofPosition[known.PositionId]
            .LastOrDefault(deal => missed.Contains(deal.DealId) || deal.ExecutedAtMs > known.UpdatedAtMs);

    private static ILookup<string, DealExecuted> Chronicle(
        IEnumerable<DealExecuted> deals,
        Func<DealExecuted, string> key
    ) => deals.OrderBy(deal => deal.ExecutedAtMs).ToLookup(key);
}
