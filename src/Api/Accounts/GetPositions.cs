using Trading.Api.Access;
using Trading.Projections.Accounts;
using Trading.Projections.LatestPrices;
using Trading.Projections.Messages;

namespace Trading.Api.Accounts;

/// <summary><c>GET /positions</c>: the open positions of the user's account at the newest prices.</summary>
internal static class GetPositions
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/positions", Answer)
            .ForUsers()
            .TakesMinOffset()
            .WithTags("Account")
            .WithSummary("The open positions of the current account.")
            .Produces<PositionsAnswer>()
            .Produces(StatusCodes.Status304NotModified)
            .Produces<ApiError>(StatusCodes.Status404NotFound)
            .Produces<ApiError>(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> Answer(User user, AccountQueries accounts, PriceBook prices, HttpContext context)
    {
        var account = await accounts.FindAsync(user.Key, context.RequestAborted);
        if (account is null)
        {
            return ApiError.NoAccount;
        }

        if (account.ValueAt(prices.Quotes(account.Environment)) is not { } worth)
        {
            return ApiError.AccountNotReady;
        }

        var version = new HashCode();
        foreach (var position in worth.Positions)
        {
            version.Add(position.CurrentPrice);
            version.Add(position.NetProfit);
        }

        var tag = $"W/\"positions-{account.Stamp.Offset}-{version.ToHashCode():x8}\"";
        return new Versioned<PositionsAnswer>(tag, PositionsAnswer.Of(account, worth), ApiJson.Default.PositionsAnswer);
    }
}
