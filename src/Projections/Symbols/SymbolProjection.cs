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
    // Thousands of accounts are offered the same list: as long as the next one is equal it is the same in memory too.
    private volatile IReadOnlyList<SymbolView> _latest = [];

    public override ReadModel Model => ReadModel.Symbols;

    protected override RowKey? KeyOf(RecordedEvent recorded) =>
        recorded.DecodeForFold() is SymbolsListed listed
            ? recorded.KeyOf(listed.AccountId)
            : throw new InvalidOperationException("Not a listing.");

    protected override RowKey KeyOf(SymbolListView row) => new(row.User.Value, row.Account.Value);

    protected override SymbolListView Apply(SymbolListView? row, RecordedEvent recorded)
    {
        var listed = (SymbolsListed)recorded.DecodeForFold();
        return new()
        {
            User = recorded.UserOf(),
            Account = new(listed.AccountId),
            Symbols = Shared([
                .. listed.Symbols.Select(Of).OrderBy(symbol => symbol.Name.Value, StringComparer.Ordinal),
            ]),
            Stamp = recorded.StampOf(),
        };
    }

    private IReadOnlyList<SymbolView> Shared(SymbolView[] symbols)
    {
        var latest = _latest;
        return latest.SequenceEqual(symbols) ? latest : _latest = symbols;
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
