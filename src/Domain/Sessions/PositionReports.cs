using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>What reports say about positions.</summary>
internal static class PositionReports
{
    /// <summary>A position as an order's message states it.</summary>
    public static void Observe(Changes changes, PositionReport report, BrokerMessage source)
    {
        var details = report.Details;
        switch (report.Status)
        {
            case PositionStatus.Open when details.Volume > 0:
                Open(changes, details, source);
                break;
            case PositionStatus.Closed when changes.Book.Positions.ContainsKey(details.PositionId):
                Close(changes, details.PositionId, report.ClosedAtMs, "deal", source);
                break;
        }
    }

    /// <summary>Swap was charged; the message may carry other news of the position too.</summary>
    public static void Swap(Changes changes, PositionDetails details, BrokerMessage source)
    {
        if (changes.Book.Positions.TryGetValue(details.PositionId, out var known))
        {
            var swap = details.Swap.ToDecimal();
            if (details.UpdatedAtMs < known.UpdatedAtMs || swap == known.Swap.ToDecimal())
            {
                return;
            }

            changes.Add(
                new SwapCharged
                {
                    AccountId = changes.Book.Account.Value,
                    PositionId = details.PositionId,
                    Swap = details.Swap,
                    Delta = (swap - known.Swap.ToDecimal()).ToEvent(),
                    Source = source,
                }
            );
        }

        if (details.Volume > 0)
        {
            Open(changes, details, source);
        }
    }

    /// <summary>The margin of a position was computed anew.</summary>
    public static void Margin(Changes changes, MarginChanged margin)
    {
        if (
            margin.AccountId == changes.Book.Account.Value
            && changes.Book.Positions.TryGetValue(margin.PositionId, out var known)
            && known.UsedMargin.ToDecimal() != margin.UsedMargin.ToDecimal()
        )
        {
            changes.Add(margin);
        }
    }

    /// <summary>A trailing stop moved with the market.</summary>
    public static void TrailingStop(Changes changes, BrokerReport.TrailingStopMoved moved)
    {
        if (
            changes.Book.Positions.TryGetValue(moved.Position.Value, out var known)
            && known.StopLoss.ToNullableDecimal() != moved.StopPrice.ToDecimal()
        )
        {
            var position = known.Clone();
            position.StopLoss = moved.StopPrice;
            Change(changes, position, "trailing_stop", moved.Source);
        }
    }

    /// <summary>Records a closing.</summary>
    public static void Close(
        Changes changes,
        string positionId,
        long closedAtMs,
        string cause,
        BrokerMessage? source,
        bool recovered = false
    ) =>
        changes.Add(
            new PositionClosed
            {
                AccountId = changes.Book.Account.Value,
                PositionId = positionId,
                Symbol = changes.Book.Positions[positionId].Symbol,
                ClosedAtMs = closedAtMs > 0 ? closedAtMs : changes.At.ToUnixTimeMilliseconds(),
                Cause = cause,
                Recovered = recovered,
                Source = source,
            },
            closedAtMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(closedAtMs) : changes.At
        );

    /// <summary>Records a change of an open position.</summary>
    public static void Change(
        Changes changes,
        PositionDetails position,
        string cause,
        BrokerMessage? source,
        bool recovered = false
    ) =>
        changes.Add(
            new PositionChanged
            {
                AccountId = changes.Book.Account.Value,
                Position = position,
                Cause = cause,
                Recovered = recovered,
                Source = source,
            }
        );

    private static void Open(Changes changes, PositionDetails details, BrokerMessage source)
    {
        if (changes.Book.Positions.TryGetValue(details.PositionId, out var known))
        {
            if (details.UpdatedAtMs >= known.UpdatedAtMs && Difference(known, details) is { } cause)
            {
                Change(changes, details, cause, source);
            }
        }
        // Otherwise this is a late message about a position that has been closed since.
        else if (
            changes.Book.ClosedPositions.AtOf(details.PositionId) is not { } closedAtMs
            || details.UpdatedAtMs > closedAtMs
        )
        {
            changes.Add(
                new PositionOpened
                {
                    AccountId = changes.Book.Account.Value,
                    Position = details,
                    Source = source,
                }
            );
        }
    }

    /// <summary>What differs, as the cause of a <see cref="PositionChanged"/>; null when nothing does. The broker's time of
    /// its last update alone is no difference.</summary>
    public static string? Difference(PositionDetails known, PositionDetails seen)
    {
        if (
            known.Volume != seen.Volume
            || known.Side != seen.Side
            || known.Price.ToDecimal() != seen.Price.ToDecimal()
            || known.UsedMargin.ToDecimal() != seen.UsedMargin.ToDecimal()
            || known.Commission.ToDecimal() != seen.Commission.ToDecimal()
            || known.MarginRate.ToDecimal() != seen.MarginRate.ToDecimal()
        )
        {
            return "volume";
        }

        if (known.Swap.ToDecimal() != seen.Swap.ToDecimal())
        {
            return "swap";
        }

        return
            known.StopLoss.ToNullableDecimal() != seen.StopLoss.ToNullableDecimal()
            || known.TakeProfit.ToNullableDecimal() != seen.TakeProfit.ToNullableDecimal()
            || known.GuaranteedStopLoss != seen.GuaranteedStopLoss
            || known.TrailingStopLoss != seen.TrailingStopLoss
            ? "protection"
            : null;
    }
}
