using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Deals;

/// <summary>Every fill, once.</summary>
internal sealed class DealProjection() : JournalProjection<DealView>(DealTable.Table, DealExecuted.Descriptor)
{
    public override ReadModel Model => ReadModel.Deals;

    protected override RowKey? KeyOf(RecordedEvent recorded) =>
        recorded.DecodeForFold() is DealExecuted deal
            ? recorded.KeyOf(deal.AccountId, deal.DealId)
            : throw new InvalidOperationException("Not a deal.");

    protected override RowKey KeyOf(DealView row) => new(row.User.Value, row.Account.Value, row.Id.Value);

    // A deal never changes: the first record of it stands.
    protected override DealView Apply(DealView? row, RecordedEvent recorded) =>
        row ?? Of(recorded, (DealExecuted)recorded.DecodeForFold());

    private static DealView Of(RecordedEvent recorded, DealExecuted deal) =>
        new()
        {
            User = recorded.UserOf(),
            Account = new(deal.AccountId),
            Id = new(deal.DealId),
            Order = new(deal.OrderId),
            Position = new(deal.PositionId),
            SymbolId = deal.SymbolId,
            Symbol = new(deal.Symbol),
            Side = deal.Side,
            Volume = deal.Volume,
            FilledVolume = deal.FilledVolume,
            Price = deal.Price.ToNullableDecimal(),
            Commission = deal.Commission.ToDecimal(),
            Status = deal.Status,
            ExecutedAt = Columns.MomentOf(deal.ExecutedAtMs) ?? recorded.OccurredAt,
            Recovered = deal.Recovered,
            Closed = deal.Closed is { } closed
                ? new()
                {
                    EntryPrice = closed.EntryPrice.ToDecimal(),
                    GrossProfit = closed.GrossProfit.ToDecimal(),
                    Swap = closed.Swap.ToDecimal(),
                    Commission = closed.Commission.ToDecimal(),
                    ConversionFee = closed.ConversionFee.ToDecimal(),
                    Balance = closed.Balance.ToDecimal(),
                    Volume = closed.ClosedVolume,
                }
                : null,
            Stamp = recorded.StampOf(),
        };
}
