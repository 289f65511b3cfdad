using Trading.Api.Access;
using Trading.Domain.Events;
using Trading.Domain.Sessions;
using Trading.Projections.Sessions;

namespace Trading.Api.CTrader;

/// <summary><c>PUT /ctrader/settings</c>: chooses the account, starts or stops the session.</summary>
internal static class PutSettings
{
    private const int LongestId = 64;

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPut("/ctrader/settings", Answer)
            .ForUsers()
            .WithTags("cTrader")
            .WithSummary("Chooses an account of the grant (accountId), starts or stops the session (running).")
            .Produces<SettingsAnswer>()
            .Fails(
                StatusCodes.Status403Forbidden,
                StatusCodes.Status409Conflict,
                StatusCodes.Status428PreconditionRequired
            );

    private static async Task<IResult> Answer(
        User user,
        SettingsRequest request,
        SessionQueries sessions,
        SessionDesk desk,
        TimeProvider time,
        HttpContext context
    )
    {
        if (request is { AccountId: null, Running: null })
        {
            return ApiError.Invalid("accountId", "Give accountId, running, or both.");
        }

        if (request.AccountId is { } named && (string.IsNullOrWhiteSpace(named) || named.Length > LongestId))
        {
            return ApiError.Invalid("accountId", "accountId must be one of the accounts that the grant lists.");
        }

        var session = (await sessions.FindAsync(user.Key, context.RequestAborted))?.Session;
        if (request.AccountId is { } accountId)
        {
            var granted = session?.GrantedAccounts.FirstOrDefault(account => account.Account.Value == accountId);
            var select = new SessionCommand.SelectAccount(
                new(accountId),
                granted?.Environment ?? BrokerEnvironment.Unspecified
            )
            {
                At = time.GetUtcNow(),
            };
            if (await desk.SendAsync(user.Key, select, context.RequestAborted) is { } refusal)
            {
                return refusal;
            }
        }

        if (request.Running is { } running)
        {
            SessionCommand command = running
                ? new SessionCommand.Start(user.Key, "frontend") { At = time.GetUtcNow() }
                : new SessionCommand.Stop("asked for by the user") { At = time.GetUtcNow() };
            if (await desk.SendAsync(user.Key, command, context.RequestAborted) is { } refusal)
            {
                return refusal;
            }
        }

        var after = (await sessions.FindAsync(user.Key, context.RequestAborted))?.Session;
        return TypedResults.Json(SettingsAnswer.Of(after), ApiJson.Default.SettingsAnswer);
    }
}
