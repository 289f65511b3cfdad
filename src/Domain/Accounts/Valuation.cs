using Trading.Domain.Events;
using Trading.Domain.Market;

namespace Trading.Domain.Accounts;

/// <summary>What an account is worth at given prices. A figure that cannot be known is null, and
/// <see cref="Missing"/> says for want of what.</summary>
/// <remarks>cTrader Open API: profit from the side on which the position would be closed; conversion at the bid; swap and
/// commission, both signed, belong to the net profit. Each position's profit is computed exactly and rounded once, to the
/// account's money digits, half away from zero, as the broker states it; so the figures shown add up.</remarks>
public sealed record Valuation
{
    /// <summary>Balance and all net profits; null when a profit is unknown.</summary>
    public required decimal? Equity { get; init; }

    /// <summary>Used margin by the account's rule; null when a position's margin is unknown.</summary>
    public required decimal? UsedMargin { get; init; }

    /// <summary>Equity less used margin.</summary>
    public required decimal? FreeMargin { get; init; }

    /// <summary>Equity over used margin in percent with two decimals; null as well when no margin is used.</summary>
    public required decimal? MarginLevel { get; init; }

    /// <summary>The sum of the profits before swap and commission.</summary>
    public required decimal? GrossProfit { get; init; }

    /// <summary>The sum of the profits after swap and commission.</summary>
    public required decimal? NetProfit { get; init; }

    /// <summary>One for each position, in the same order.</summary>
    public required IReadOnlyList<PositionValuation> Positions { get; init; }

    /// <summary>What stands in the way of the null figures: a symbol without a price, an asset without a conversion, a
    /// position without a margin. Empty when all is known.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Values an account.</summary>
    /// <param name="holdings">What it holds.</param>
    /// <param name="quoteOf">The newest quote of a symbol, or null when there is none.</param>
    public static Valuation Of(Holdings holdings, Func<SymbolName, Quote?> quoteOf)
    {
        var missing = new List<string>();
        var positions = new List<PositionValuation>(holdings.Positions.Count);
        decimal? gross = 0m;
        decimal? net = 0m;
        foreach (var position in holdings.Positions)
        {
            var profit = Round(GrossOf(position, quoteOf, missing, out var closeAt), holdings.MoneyDigits);
            var afterCosts = profit + position.Swap + position.Commission;
            gross += profit;
            net += afterCosts;
            positions.Add(new(position.Id, closeAt, profit, afterCosts));
        }

        var equity = holdings.Balance + net;
        var used = UsedMarginOf(holdings, missing);
        return new()
        {
            Equity = equity,
            UsedMargin = used,
            FreeMargin = equity - used,
            MarginLevel = used is null or 0m ? null : Round(equity / used * 100m, 2),
            GrossProfit = gross,
            NetProfit = net,
            Positions = positions,
            Missing = missing.Distinct().ToArray(),
        };
    }

    private static decimal? GrossOf(
        OpenPosition position,
        Func<SymbolName, Quote?> quoteOf,
        List<string> missing,
        out decimal? closeAt
    )
    {
        closeAt = quoteOf(position.Symbol) is { } quote ? ClosingSide(position.Side, quote) : null;
        if (closeAt is null)
        {
            missing.Add($"price of {position.Symbol}");
        }

        var move = position.Side == Side.Buy ? closeAt - position.Price : position.Price - closeAt;
        return move * (position.Volume / 100m) * RateOf(position, quoteOf, missing);
    }

    private static decimal ClosingSide(Side side, Quote quote) =>
        (side == Side.Buy ? quote.Bid : quote.Ask).ToDecimal();

    private static decimal? RateOf(OpenPosition position, Func<SymbolName, Quote?> quoteOf, List<string> missing)
    {
        if (position.Conversion is null)
        {
            missing.Add(
                position.QuoteAsset.Length == 0
                    ? $"specification of {position.Symbol}"
                    : $"conversion of {position.QuoteAsset}"
            );
            return null;
        }

        decimal? rate = 1m;
        foreach (var step in position.Conversion)
        {
            // A price of nothing converts nothing: as unknown as no price.
            if (quoteOf(step.Symbol) is { Bid.Units: > 0 } quote)
            {
                var price = quote.Bid.ToDecimal();
                rate = step.Divide ? rate / price : rate * price;
            }
            else
            {
                missing.Add($"price of {step.Symbol}");
                rate = null;
            }
        }

        return rate;
    }

    private static decimal? UsedMarginOf(Holdings holdings, List<string> missing)
    {
        decimal? total = 0m;
        foreach (var symbol in holdings.Positions.GroupBy(position => position.Symbol))
        {
            decimal? bought = 0m;
            decimal? sold = 0m;
            foreach (var position in symbol)
            {
                var margin = MarginOf(position, holdings);
                if (margin is null)
                {
                    missing.Add($"margin of position {position.Id}");
                }

                bought += position.Side == Side.Buy ? margin : 0m;
                sold += position.Side == Side.Buy ? 0m : margin;
            }

            total += Together(bought, sold, holdings.MarginRule);
        }

        return Round(total, holdings.MoneyDigits);
    }

    private static decimal? Together(decimal? bought, decimal? sold, MarginRule rule) =>
        (bought, sold, rule) switch
        {
            (null, _, _) or (_, null, _) => null,
            ({ } buys, { } sells, MarginRule.Sum) => buys + sells,
            ({ } buys, { } sells, MarginRule.Net) => Math.Abs(buys - sells),
            // The protocol's own default.
            ({ } buys, { } sells, _) => Math.Max(buys, sells),
        };

    private static decimal? MarginOf(OpenPosition position, Holdings holdings) =>
        position.UsedMargin
        ?? (
            holdings.LeverageInCents == 0
                ? null
                : Round(
                    position.Volume / 100m * position.MarginRate / (holdings.LeverageInCents / 100m),
                    holdings.MoneyDigits
                )
        );

    private static decimal? Round(decimal? value, int digits) =>
        value is { } known ? Math.Round(known, digits, MidpointRounding.AwayFromZero) : null;
}

/// <summary>What one position is worth.</summary>
/// <param name="Id">The position.</param>
/// <param name="CurrentPrice">The price it would be closed at: bid when bought, ask when sold; null without a quote.</param>
/// <param name="GrossProfit">Unrealised, in account currency, before swap and commission; null when unknown.</param>
/// <param name="NetProfit">The same after swap and commission.</param>
public sealed record PositionValuation(PositionId Id, decimal? CurrentPrice, decimal? GrossProfit, decimal? NetProfit);
