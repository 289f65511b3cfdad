using Trading.Api.Access;
using Trading.Projections.LatestPrices;

namespace Trading.Api.Market;

/// <summary><c>GET /prices</c>: the newest quotes.</summary>
internal static class GetPrices
{
    private const int MaxSymbols = 500;

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/prices", Answer)
            .ForTickWatchers()
            .WithTags("Market")
            .WithSummary("The newest quotes, of all symbols or of those named.")
            .WithDescription(
                "symbols: names separated by commas; may be given several times. A symbol without a quote is left out."
            )
            .Produces<PricesAnswer>()
            .Produces(StatusCodes.Status304NotModified)
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);

    private static async Task<IResult> Answer(string? symbols, MarketPlace market, HttpContext context)
    {
        var user = context.Features.Get<User>();
        var place = await market.OfAsync(user?.Key, context.RequestAborted);
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in context.Request.Query["symbols"].SelectMany(list => NamesIn(list ?? "", place)))
        {
            if (place.Find(text) is not { } name)
            {
                return ApiError.UnknownSymbol("symbols");
            }

            wanted.Add(name.Value);
            if (wanted.Count > MaxSymbols)
            {
                return ApiError.Invalid("symbols", $"At most {MaxSymbols} symbols.");
            }
        }

        var newest = place
            .Prices.List(place.Environment)
            .Where(price => symbols is null || wanted.Contains(price.Symbol.Value))
            .OrderBy(price => price.Symbol.Value, StringComparer.Ordinal)
            .ToList();
        var offset = newest.Count == 0 ? 0 : newest.Max(price => price.Stamp.Offset.Value);
        var answer = new PricesAnswer(
            place.Environment == Domain.Events.BrokerEnvironment.Live ? "live" : "demo",
            [.. newest.Select(PriceAnswer.Of)],
            offset
        );
        var tag = $"W/\"prices-{place.Environment}-{offset}-{newest.Count}\"";
        return new Versioned<PricesAnswer>(tag, answer, ApiJson.Default.PricesAnswer);
    }

    // A name may hold a comma itself: alone in its argument it is taken as it is.
    private static string[] NamesIn(string list, MarketPlace.Place place) =>
        place.Symbols.Has(list)
            ? [list]
            : list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The newest quotes, in alphabetical order.</summary>
/// <param name="Environment">demo or live.</param>
/// <param name="Prices">One for each symbol that has a quote.</param>
/// <param name="Offset">The market log offset of the newest tick in it.</param>
internal sealed record PricesAnswer(string Environment, IReadOnlyList<PriceAnswer> Prices, long Offset);

/// <summary>The newest quote of a symbol.</summary>
/// <param name="Symbol">For example EURUSD.</param>
/// <param name="Bid">What a seller gets.</param>
/// <param name="Ask">What a buyer pays.</param>
/// <param name="Timestamp">The broker's time, Unix milliseconds.</param>
/// <param name="Offset">The tick's own offset in the market log.</param>
internal sealed record PriceAnswer(string Symbol, decimal Bid, decimal Ask, long Timestamp, long Offset)
{
    /// <summary>The answer for a price.</summary>
    public static PriceAnswer Of(PriceView price) =>
        new(
            price.Symbol.Value,
            price.Quote.Bid.ToDecimal(),
            price.Quote.Ask.ToDecimal(),
            price.TimestampMs,
            price.Stamp.Offset.Value
        );
}
