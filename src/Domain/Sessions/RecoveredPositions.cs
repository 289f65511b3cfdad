using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>What missed deals made of positions. No broker lists a position that is closed, but its deals tell when it was
/// opened, how it changed and when it was closed. One that is still open is taken as the broker states it.</summary>
internal sealed class RecoveredPositions(Changes changes, AccountSnapshot snapshot)
{
    /// <summary>Decimals kept of an average price.</summary>
    public const int AverageDecimals = 12;

    private readonly Dictionary<string, PositionDetails> _listed = snapshot
        .Positions.GroupBy(position => position.Value.PositionId)
        .ToDictionary(group => group.Key, group => group.Last().Value);
    private readonly Dictionary<string, OrderDetails> _orders = snapshot
        .PastOrders.GroupBy(past => past.Details.OrderId)
        .ToDictionary(group => group.Key, group => group.Last().Details);
    private readonly HashSet<string> _moved = [];
    private Dictionary<string, string> _lastDeals = [];

    /// <summary>Opened or closed here, so that the list of what is open says nothing against it.</summary>
    public bool IsMoved(string positionId) => _moved.Contains(positionId);

    /// <summary>Tells in advance which deals will be applied.</summary>
    public void Expect(IEnumerable<DealExecuted> deals) =>
        _lastDeals = deals
            .Where(deal => deal.FilledVolume > 0)
            .GroupBy(deal => deal.PositionId)
            .ToDictionary(
                group => group.Key,
                group =>
                    group
                        .OrderBy(deal => deal.ExecutedAtMs)
                        .ThenBy(deal => deal.Closed?.BalanceVersion ?? 0)
                        .ThenBy(deal => deal.DealId.Length)
                        .ThenBy(deal => deal.DealId, StringComparer.Ordinal)
                        .Last()
                        .DealId
            );

    /// <summary>Records what a deal made of its position.</summary>
    public void Apply(DealExecuted deal)
    {
        if (deal.FilledVolume <= 0 || deal.PositionId.Length == 0)
        {
            return;
        }

        if (!changes.Book.Positions.TryGetValue(deal.PositionId, out var known))
        {
            // Closing what is not known tells nothing; what was closed since is not opened again by an old deal.
            if (deal.Closed is null && !(changes.Book.ClosedPositions.AtOf(deal.PositionId) >= deal.ExecutedAtMs))
            {
                Open(deal);
            }
        }
        else if (!Includes(known, deal))
        {
            var volume = known.Volume + (deal.Closed is null ? deal.FilledVolume : -ClosedBy(deal));
            if (volume > 0)
            {
                Change(deal, known, volume);
            }
            else
            {
                Close(deal);
            }
        }
    }

    private void Open(DealExecuted deal)
    {
        _moved.Add(deal.PositionId);
        changes.Add(
            new PositionOpened
            {
                AccountId = changes.Book.Account.Value,
                Position = Listed(deal) ?? Opened(deal),
                Recovered = true,
                Source = deal.Source,
            },
            At(deal)
        );
    }

    private void Change(DealExecuted deal, PositionDetails known, long volume) =>
        changes.Add(
            new PositionChanged
            {
                AccountId = changes.Book.Account.Value,
                Position =
                    Listed(deal) ?? (deal.Closed is null ? Grown(known, deal, volume) : Reduced(known, deal, volume)),
                Cause = "volume",
                Recovered = true,
                Source = deal.Source,
            },
            At(deal)
        );

    private void Close(DealExecuted deal)
    {
        _moved.Add(deal.PositionId);
        changes.Add(
            new PositionClosed
            {
                AccountId = changes.Book.Account.Value,
                PositionId = deal.PositionId,
                Symbol = changes.Book.Positions[deal.PositionId].Symbol,
                ClosedAtMs = At(deal).ToUnixTimeMilliseconds(),
                Cause = "deal",
                Recovered = true,
                Source = deal.Source,
            },
            At(deal)
        );
    }

    /// <summary>The position as the broker states it, when this deal is the last that we know of and was made by then.</summary>
    private PositionDetails? Listed(DealExecuted deal) =>
        _lastDeals.GetValueOrDefault(deal.PositionId) == deal.DealId
        && _listed.GetValueOrDefault(deal.PositionId) is { } listed
        && listed.UpdatedAtMs >= deal.ExecutedAtMs
            ? listed
            : null;

    /// <summary>The position as known was stated after the deal. In the same millisecond the broker's list decides.</summary>
    private bool Includes(PositionDetails known, DealExecuted deal) =>
        deal.ExecutedAtMs < known.UpdatedAtMs
        || (
            deal.ExecutedAtMs == known.UpdatedAtMs && _listed.GetValueOrDefault(deal.PositionId)?.Volume == known.Volume
        );

    private PositionDetails Opened(DealExecuted deal)
    {
        var order = _orders.GetValueOrDefault(deal.OrderId);
        return new()
        {
            PositionId = deal.PositionId,
            SymbolId = deal.SymbolId,
            Symbol = deal.Symbol,
            Side = deal.Side,
            Volume = deal.FilledVolume,
            Price = deal.Price,
            Swap = 0m.ToEvent(),
            Commission = deal.Commission,
            OpenedAtMs = deal.ExecutedAtMs,
            UpdatedAtMs = deal.ExecutedAtMs,
            Label = order?.Label ?? "",
            Comment = order?.Comment ?? "",
        };
    }

    private static PositionDetails Grown(PositionDetails known, DealExecuted deal, long volume)
    {
        var grown = known.Clone();
        grown.Volume = volume;
        grown.Price = decimal.Round(
                (known.Price.ToDecimal() * known.Volume + deal.Price.ToDecimal() * deal.FilledVolume) / volume,
                AverageDecimals
            )
            .ToEvent();
        grown.Commission = (known.Commission.ToDecimal() + deal.Commission.ToDecimal()).ToEvent();
        // Only the broker knows its margin now.
        grown.UsedMargin = null;
        grown.UpdatedAtMs = deal.ExecutedAtMs;
        return grown;
    }

    private static PositionDetails Reduced(PositionDetails known, DealExecuted deal, long volume)
    {
        var reduced = known.Clone();
        reduced.Volume = volume;
        reduced.Swap = (known.Swap.ToDecimal() - deal.Closed.Swap.ToDecimal()).ToEvent();
        reduced.Commission = Share(known.Commission, volume, known.Volume);
        reduced.UsedMargin = known.UsedMargin is null ? null : Share(known.UsedMargin, volume, known.Volume);
        reduced.UpdatedAtMs = deal.ExecutedAtMs;
        return reduced;
    }

    private static DecimalValue Share(DecimalValue? money, long part, long whole) =>
        decimal.Round(money.ToDecimal() * part / whole, (int)(money?.Scale ?? 0), MidpointRounding.AwayFromZero)
            .ToEvent();

    private static long ClosedBy(DealExecuted deal) =>
        deal.Closed.ClosedVolume > 0 ? deal.Closed.ClosedVolume : deal.FilledVolume;

    private DateTimeOffset At(DealExecuted deal) =>
        deal.ExecutedAtMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(deal.ExecutedAtMs) : changes.At;
}
