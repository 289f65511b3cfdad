using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;

namespace Trading.Tools.Diff;

/// <summary>What changed of an account between two moments, taken together.</summary>
internal sealed class DiffSummary
{
    private readonly PastAccount? _before;
    private readonly PastAccount _after;

    /// <param name="from">The first moment.</param>
    /// <param name="to">The second one.</param>
    /// <param name="before">The account at the first; null when it was not yet there.</param>
    /// <param name="after">The account at the second.</param>
    public DiffSummary(AsOf from, AsOf to, PastAccount? before, PastAccount after)
    {
        (From, To, _before, _after) = (from, to, before, after);
        var changes = new List<FigureChange>();
        AccountFigures.Compare(before?.View, after.View, changes);
        var orders = (before?.Orders ?? []).ToDictionary(order => order.Id);
        foreach (var order in after.Orders)
        {
            orders.Remove(order.Id, out var was);
            AccountFigures.Compare(was, order, changes);
        }

        foreach (var gone in orders.Values)
        {
            AccountFigures.Compare(gone, null, changes);
        }

        var (then, now) = (before?.Worth, after.Worth);
        Add("equity", then?.Equity, now?.Equity);
        Add("unrealizedProfit", then?.NetProfit, now?.NetProfit);
        Add("usedMargin", then?.UsedMargin, now?.UsedMargin);
        Add("freeMargin", then?.FreeMargin, now?.FreeMargin);
        Add("marginLevel", then?.MarginLevel, now?.MarginLevel);
        Changes = changes;

        void Add(string figure, decimal? was, decimal? @is)
        {
            if (was != @is)
            {
                changes.Add(new(figure, was, @is));
            }
        }
    }

    /// <summary>The first moment.</summary>
    public AsOf From { get; }

    /// <summary>The second moment.</summary>
    public AsOf To { get; }

    /// <summary>Every figure that is not what it was, those included that prices moved.</summary>
    private IReadOnlyList<FigureChange> Changes { get; }

    /// <summary>All of it together.</summary>
    public DiffTotal Total => new(From, To, Changes, new(EquityByEvents, EquityByPrices));

    /// <summary>What the equity would have changed by if prices had stood still: what the events did. Null when an old price
    /// is missing that the new positions need.</summary>
    private decimal? EquityByEvents =>
        _before?.Worth?.Equity is { } was && _after.View.ValueAt(symbol => QuoteThen(symbol))?.Equity is { } atOldPrices
            ? atOldPrices - was
            : null;

    /// <summary>The rest of the equity's change: what prices did.</summary>
    private decimal? EquityByPrices =>
        EquityByEvents is { } events && _before?.Worth?.Equity is { } was && _after.Worth?.Equity is { } @is
            ? @is - was - events
            : null;

    private Domain.Market.Quote? QuoteThen(Domain.SymbolName symbol) =>
        _before!.Prices.TryGetValue(symbol, out var price) ? new(price.Tick.Bid, price.Tick.Ask) : null;
}
