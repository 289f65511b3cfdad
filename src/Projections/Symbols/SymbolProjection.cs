using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Symbols;

/// <summary>What the broker offers to each account.</summary>
internal sealed class SymbolProjection()
    : JournalProjection<SymbolListView>(SymbolTable.Table, SymbolsListed.Descriptor)
{
    public override ReadModel Model => ReadModel.Symbols;

    protected override RowKey? KeyOf(RecordedEvent recorded) =>
        recorded.Decode() is SymbolsListed listed
            ? recorded.KeyOf(listed.AccountId)
            : throw new InvalidOperationException("Not a listing.");

    protected override RowKey KeyOf(SymbolListView row) => new(row.User.Value, row.Account.Value);

    protected override SymbolListView Apply(SymbolListView? row, RecordedEvent recorded)
    {
        var listed = (SymbolsListed)recorded.Decode();
        return new()
        {
            User = recorded.UserOf(),
            Account = new(listed.AccountId),
            Symbols = listed.Symbols.Select(Of).OrderBy(symbol => symbol.Name.Value, StringComparer.Ordinal).ToArray(),
            Stamp = recorded.StampOf(),
        };
    }

    private static SymbolView Of(SymbolSpecification symbol) =>
        new()
        {
            Name = new(symbol.Name),
            SymbolId = symbol.SymbolId,
            BaseAsset = symbol.BaseAsset,
            QuoteAsset = symbol.QuoteAsset,
            Digits = symbol.Digits,
            PipPosition = symbol.PipPosition,
            LotSize = symbol.LotSize,
            MinVolume = symbol.MinVolume,
            MaxVolume = symbol.MaxVolume,
            StepVolume = symbol.StepVolume,
            AssetClass = symbol.AssetClass,
            Category = symbol.Category,
            Description = symbol.Description,
            Enabled = symbol.Enabled,
        };
}
