using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Positions;

/// <summary>Every position, open and closed.</summary>
internal sealed class PositionProjection()
    : JournalProjection<PositionView>(
        PositionTable.Table,
        PositionOpened.Descriptor,
        PositionChanged.Descriptor,
        PositionClosed.Descriptor,
        MarginChanged.Descriptor,
        SwapCharged.Descriptor
    )
{
    public override ReadModel Model => ReadModel.Positions;

    protected override RowKey? KeyOf(RecordedEvent recorded) =>
        recorded.DecodeForFold() switch
        {
            PositionOpened opened => recorded.KeyOf(opened.AccountId, opened.Position?.PositionId ?? ""),
            PositionChanged changed => recorded.KeyOf(changed.AccountId, changed.Position?.PositionId ?? ""),
            PositionClosed closed => recorded.KeyOf(closed.AccountId, closed.PositionId),
            MarginChanged changed => recorded.KeyOf(changed.AccountId, changed.PositionId),
            SwapCharged charged => recorded.KeyOf(charged.AccountId, charged.PositionId),
            var other => throw new InvalidOperationException($"No rule for {other.Descriptor.Name}."),
        };

    protected override RowKey KeyOf(PositionView row) => new(row.User.Value, row.Account.Value, row.Id.Value);

    protected override PositionView? Apply(PositionView? row, RecordedEvent recorded) =>
        recorded.DecodeForFold() switch
        {
            PositionOpened opened => Stated(recorded, opened.AccountId, opened.Position),
            PositionChanged changed => Stated(recorded, changed.AccountId, changed.Position),
            PositionClosed closed => Closed(row, recorded, closed),
            // A figure of a position that is not open any more changes nothing.
            MarginChanged changed when row is { IsOpen: true } => row with
            {
                UsedMargin = changed.UsedMargin.ToDecimal(),
                Stamp = recorded.StampOf(),
            },
            SwapCharged charged when row is { IsOpen: true } => row with
            {
                Swap = charged.Swap.ToDecimal(),
                Stamp = recorded.StampOf(),
            },
            _ => row,
        };

    private static PositionView Stated(RecordedEvent recorded, string account, PositionDetails details) =>
        new()
        {
            User = recorded.UserOf(),
            Account = new(account),
            Id = new(details.PositionId),
            SymbolId = details.SymbolId,
            Symbol = new(details.Symbol),
            Side = details.Side,
            Volume = details.Volume,
            Price = details.Price.ToDecimal(),
            StopLoss = details.StopLoss.ToNullableDecimal(),
            TakeProfit = details.TakeProfit.ToNullableDecimal(),
            Swap = details.Swap.ToDecimal(),
            Commission = details.Commission.ToDecimal(),
            UsedMargin = details.UsedMargin.ToNullableDecimal(),
            OpenedAt = Columns.MomentOf(details.OpenedAtMs),
            Label = details.Label,
            Comment = details.Comment,
            Stamp = recorded.StampOf(),
        };

    private static PositionView Closed(PositionView? row, RecordedEvent recorded, PositionClosed closed) =>
        (
            row
            ?? new()
            {
                User = recorded.UserOf(),
                Account = new(closed.AccountId),
                Id = new(closed.PositionId),
                Symbol = new(closed.Symbol),
                Stamp = default,
            }
        ) with
        {
            IsOpen = false,
            ClosedAt = Columns.MomentOf(closed.ClosedAtMs),
            CloseCause = closed.Cause,
            Stamp = recorded.StampOf(),
        };
}
