using Trading.Api.Access;
using Trading.Projections.Accounts;
using Trading.Projections.LatestPrices;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;

namespace Trading.Api.Accounts;

/// <summary><c>GET /account</c>: the user's account with equity and margin at the newest prices.</summary>
internal static class GetAccount
{
    /// <summary>Maps the route, under its old name and its new one.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/account", "/api/v1/account"])
        {
            routes
                .MapGet(path, Answer)
                .ForIdentified()
                .TakesMinOffset()
                .WithTags("Account")
                .WithSummary("The current account: balance, equity, margin; or how it was at a moment.")
                .WithDescription(PastAccounts.Description)
                .Produces<AccountAnswer>()
                .Produces(StatusCodes.Status304NotModified)
                .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound);
        }
    }

    private static async Task<IResult> Answer(
        Identity who,
        string? at,
        string? user,
        PastAccounts past,
        AccountQueries accounts,
        PriceBook prices,
        HttpContext context
    )
    {
        var (whose, refused) = await past.WhoseAsync(who, user, context.RequestAborted);
        if (refused is not null)
        {
            return refused;
        }

        if (at is not null || who.User is not { } self || whose != self.Key)
        {
            return await past.AnswerAsync(context, who, at, whose, "account", Past);
        }

        var account = await accounts.FindAsync(self.Key, context.RequestAborted);
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

    private static Versioned<AccountAnswer>? Past(PastAccount past) =>
        past.Answer() is { } answer
            ? new(PastAccounts.TagOf("account", past), answer, ApiJson.Default.AccountAnswer)
            : null;
}
