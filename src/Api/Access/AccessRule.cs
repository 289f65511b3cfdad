namespace Trading.Api.Access;

/// <summary>Who may call an endpoint. An endpoint without a rule is open to anyone.</summary>
/// <param name="Who">The least that a caller must prove.</param>
public sealed record AccessRule(Caller Who);

/// <summary>What a caller must prove.</summary>
public enum Caller
{
    /// <summary>A user's valid token.</summary>
    User,

    /// <summary>The API key.</summary>
    Operator,

    /// <summary>A user's token or the API key; nothing where ticks are public.</summary>
    TickWatcher,
}

/// <summary>States access rules on endpoints.</summary>
public static class AccessRules
{
    /// <summary>For a user with a token.</summary>
    public static RouteHandlerBuilder ForUsers(this RouteHandlerBuilder endpoint) =>
        endpoint
            .WithMetadata(new AccessRule(Caller.User))
            .Produces<ApiError>(StatusCodes.Status401Unauthorized)
            .Produces<ApiError>(StatusCodes.Status429TooManyRequests);

    /// <summary>For a holder of the API key.</summary>
    public static RouteHandlerBuilder ForOperators(this RouteHandlerBuilder endpoint) =>
        endpoint
            .WithMetadata(new AccessRule(Caller.Operator))
            .Produces<ApiError>(StatusCodes.Status401Unauthorized)
            .Produces<ApiError>(StatusCodes.Status429TooManyRequests);

    /// <summary>For whoever may see prices.</summary>
    public static RouteHandlerBuilder ForTickWatchers(this RouteHandlerBuilder endpoint) =>
        endpoint
            .WithMetadata(new AccessRule(Caller.TickWatcher))
            .Produces<ApiError>(StatusCodes.Status401Unauthorized)
            .Produces<ApiError>(StatusCodes.Status429TooManyRequests);
}
