namespace Trading.Api.Access;

/// <summary>Who may call an endpoint. An endpoint without a rule is open to anyone.</summary>
/// <param name="Who">The least that a caller must prove.</param>
/// <param name="AnyOf">For <see cref="Caller.Identified"/>: the caller must have one of these roles; none asked when there
/// are none.</param>
public sealed record AccessRule(Caller Who, Roles AnyOf = Roles.None);

/// <summary>What a caller must prove.</summary>
public enum Caller
{
    /// <summary>A user's valid token.</summary>
    User,

    /// <summary>The API key.</summary>
    Operator,

    /// <summary>A user's token or the API key; nothing where ticks are public.</summary>
    TickWatcher,

    /// <summary>A user's token or the key of a role.</summary>
    Identified,

    /// <summary>The API key, or a user's token for what is that user's own.</summary>
    Bridge,
}

/// <summary>States access rules on endpoints.</summary>
public static class AccessRules
{
    /// <summary>For a user with a token.</summary>
    public static RouteHandlerBuilder ForUsers(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new AccessRule(Caller.User));

    /// <summary>For a holder of the API key.</summary>
    public static RouteHandlerBuilder ForOperators(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new AccessRule(Caller.Operator));

    /// <summary>For a holder of the API key, and for a user with a token as far as their own session goes: the endpoint sees
    /// to that.</summary>
    public static RouteHandlerBuilder ForBridge(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new AccessRule(Caller.Bridge));

    /// <summary>For a user with a token, or a holder of a role's key: the endpoint itself tells what each of them sees.
    /// </summary>
    public static RouteHandlerBuilder ForIdentified(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new AccessRule(Caller.Identified));

    /// <summary>For whoever has one of the roles, by token or by key; others who are known get 403.</summary>
    public static RouteHandlerBuilder RequireRole(this RouteHandlerBuilder endpoint, Roles anyOf) =>
        endpoint.WithMetadata(new AccessRule(Caller.Identified, anyOf));

    /// <summary>For whoever may see prices.</summary>
    public static RouteHandlerBuilder ForTickWatchers(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new AccessRule(Caller.TickWatcher));
}
