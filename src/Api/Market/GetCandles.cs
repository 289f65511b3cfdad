using Trading.Api.Access;
using Trading.Domain.Market;
using Trading.Projections.Candles;

namespace Trading.Api.Market;

/// <summary><c>GET /candles/{symbol}</c>: candles of the bid, oldest first.</summary>
internal static class GetCandles
{
    private const int DefaultCount = 500;

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/candles/{*symbol}", Answer)
            .ForUsers()
            .WithTags("Market")
            .WithSummary("Candles of the bid: the newest of a range, oldest first.")
            .WithDescription(
                "timeframe: M1 M5 M15 M30 H1 H4 D1 (default M1). from, to: Unix seconds, Unix milliseconds or ISO 8601, "
                    + "of a candle's begin, both included. count: 1 to 5000 (default: all from a from on, up to 5000; the "
                    + "newest 500 without one). time: Unix seconds. When the range holds more, the answer's Link header "
                    + "(rel=next) has the address of the older rest. "
                    + "The answer's X-Offset is the market log offset of the last tick in it."
            )
            .Produces<CandleAnswer[]>()
            .Produces(StatusCodes.Status304NotModified)
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);

    private static async Task<IResult> Answer(
        User user,
        string? symbol,
        string? timeframe,
        string? from,
        string? to,
        string? count,
        MarketPlace market,
        CandleQueries candles,
        HttpContext context
    )
    {
        if (!Timeframes.TryParse(timeframe ?? "M1", out var frame))
        {
            return ApiError.Invalid("timeframe", "timeframe must be one of M1, M5, M15, M30, H1, H4, D1.");
        }

        var limit = from is null ? DefaultCount : CandleQueries.MaxCount;
        if (count is not null && !(int.TryParse(count, out limit) && limit is >= 1 and <= CandleQueries.MaxCount))
        {
            return ApiError.Invalid("count", $"count must be from 1 to {CandleQueries.MaxCount}.");
        }

        var fromMs = from is null ? null : TimeArgument.Read(from);
        if (from is not null && fromMs is null)
        {
            return ApiError.Invalid("from", "from must be Unix seconds, Unix milliseconds or ISO 8601.");
        }

        var toMs = to is null ? null : TimeArgument.Read(to);
        if (to is not null && toMs is null)
        {
            return ApiError.Invalid("to", "to must be Unix seconds, Unix milliseconds or ISO 8601.");
        }

        if (fromMs > toMs)
        {
            return ApiError.Invalid("from", "from must not be later than to.");
        }

        var place = await market.OfAsync(user.Key, context.RequestAborted);
        if (place.FindInPath(symbol ?? "") is not { } name)
        {
            return ApiError.UnknownSymbol("symbol");
        }

        var found = await candles.ListAsync(
            place.Environment,
            name,
            frame,
            fromMs,
            toMs,
            limit,
            context.RequestAborted
        );
        if (found.More)
        {
            var older = (found.Items[0].Candle.OpenTimeMs / 1_000) - 1;
            NextPage.Tell(context, ["timeframe", "from", "count"], ("to", older.ToString()));
        }

        var at = found.Stamp?.Offset.Value ?? 0;
        context.Response.Headers["X-Offset"] = at.ToString();
        var tag = $"W/\"candles-{place.Environment}-{at}-{found.Items.Count}{(found.More ? "+" : "")}\"";
        CandleAnswer[] answer = [.. found.Items.Select(CandleAnswer.Of)];
        return new Versioned<CandleAnswer[]>(tag, answer, ApiJson.Default.CandleAnswerArray);
    }
}
