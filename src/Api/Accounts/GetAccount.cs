using Trading.Api.Access;
using Trading.Projections.Accounts;
using Trading.Projections.LatestPrices;
using Trading.Projections.Messages;

namespace Trading.Api.Accounts;

/// <summary><c>GET /account</c>: the user's account with equity and margin at the newest prices.</summary>
internal static class GetAccount
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/account", Answer)
            .ForUsers()
            .TakesMinOffset()
            .WithTags("Account")
            .WithSummary("The current account: balance, equity, margin.")
            .Produces<AccountAnswer>()
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

        // The answer is the row and its worth, so these two name its version.
        var tag = $"W/\"account-{account.Stamp.Offset}-{worth.Equity}-{worth.UsedMargin}\"";
        return new Versioned<AccountAnswer>(tag, AccountAnswer.Of(account, worth), ApiJson.Default.AccountAnswer);
    }
}
