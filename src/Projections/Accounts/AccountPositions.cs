using System.Runtime.CompilerServices;
using Trading.Domain;
using Trading.Domain.Accounts;
using Trading.Domain.Events;
using Trading.Projections.Reading;

namespace Trading.Projections.Accounts;

/// <summary>The positions inside an account's row, each with its way to the account's currency.</summary>
internal static class AccountPositions
{
    // Listings are long and rows come and go: one listing is parsed once for as long as its bytes are held.
    private static readonly ConditionalWeakTable<byte[], SymbolsListed> Parsed = [];

    /// <summary>With a position opened, or stated anew.</summary>
    public static IReadOnlyList<HeldPosition> With(AccountView row, PositionDetails? stated)
    {
        var details = stated ?? throw new FormatException("the event states no position");
        var held = HeldOf(row, details);
        var index = row.Positions.ToList().FindIndex(known => known.Position.Id == held.Position.Id);
        return index < 0
            ? [.. row.Positions, held]
            : [.. row.Positions.Take(index), held, .. row.Positions.Skip(index + 1)];
    }

    /// <summary>Without a closed position.</summary>
    public static IReadOnlyList<HeldPosition> Without(AccountView row, string positionId) =>
        row.Positions.Where(held => held.Position.Id.Value != positionId).ToArray();

    /// <summary>With a change of one position; as they are when it is not open any more.</summary>
    public static IReadOnlyList<HeldPosition> Each(
        AccountView row,
        string positionId,
        Func<HeldPosition, HeldPosition> change
    ) => row.Positions.Select(held => held.Position.Id.Value == positionId ? change(held) : held).ToArray();

    /// <summary>With the conversions looked up anew: the currency or the listing has changed.</summary>
    public static IReadOnlyList<HeldPosition> Converted(AccountView row) =>
        row.Positions.Select(held => held with { Position = Converted(row, held.Position) }).ToArray();

    private static HeldPosition HeldOf(AccountView row, PositionDetails details) =>
        new()
        {
            Position = Converted(
                row,
                new()
                {
                    Id = new(details.PositionId),
                    Symbol = new(details.Symbol),
                    Side = details.Side,
                    Volume = details.Volume,
                    Price = details.Price.ToDecimal(),
                    Swap = details.Swap.ToDecimal(),
                    Commission = details.Commission.ToDecimal(),
                    UsedMargin = details.UsedMargin.ToNullableDecimal(),
                    MarginRate = details.MarginRate.ToNullableDecimal(),
                    QuoteAsset = "",
                    Conversion = null,
                }
            ),
            SymbolId = details.SymbolId,
            StopLoss = details.StopLoss.ToNullableDecimal(),
            TakeProfit = details.TakeProfit.ToNullableDecimal(),
            OpenedAt = Columns.MomentOf(details.OpenedAtMs),
            Label = details.Label,
            Comment = details.Comment,
            GuaranteedStopLoss = details.GuaranteedStopLoss,
            TrailingStopLoss = details.TrailingStopLoss,
        };

    private static OpenPosition Converted(AccountView row, OpenPosition position)
    {
        var listed = row.Markets is { } bytes ? Parsed.GetValue(bytes, SymbolsListed.Parser.ParseFrom) : null;
        var symbol = listed?.Symbols.FirstOrDefault(symbol => symbol.Name == position.Symbol.Value);
        return position with
        {
            QuoteAsset = symbol?.QuoteAsset ?? "",
            Conversion =
                symbol is null || row.Currency.Length == 0
                    ? null
                    : Conversion.Steps(listed!, symbol.QuoteAsset, row.Currency),
        };
    }
}
