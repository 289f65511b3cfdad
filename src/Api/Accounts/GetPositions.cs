using Trading.Api.Access;
using Trading.Projections.Accounts;
using Trading.Projections.LatestPrices;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;

namespace Trading.Api.Accounts;

/// <summary><c>GET /positions</c>: the open positions of the user's account at the newest prices.</summary>
internal static class GetPositions
{
    /// <summary>Maps the route, under its old name and its new one.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/positions", "/api/v1/positions"])
        {
            routes
                .MapGet(path, Answer)
                .ForIdentified()
                .TakesMinOffset()
                .WithTags("Account")
                .WithSummary("The open positions of the current account; or those of a moment.")
                .WithDescription(PastAccounts.Description)
                .Produces<PositionsAnswer>()
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
            return await past.AnswerAsync(context, who, at, whose, "positions", Past);
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

        var version = new HashCode();
        foreach (var position in worth.Positions)
        {
            version.Add(position.CurrentPrice);
            version.Add(position.NetProfit);
        }

        var tag = $"W/\"positions-{account.Stamp.Offset}-{version.ToHashCode():x8}\"";
        return new Versioned<PositionsAnswer>(tag, PositionsAnswer.Of(account, worth), ApiJson.Default.PositionsAnswer);
    }

    private static Versioned<PositionsAnswer>? Past(PastAccount past) =>
        past.PositionsAnswer() is { } answer
            ? new(PastAccounts.TagOf("positions", past), answer, ApiJson.Default.PositionsAnswer)
            : null;
}
