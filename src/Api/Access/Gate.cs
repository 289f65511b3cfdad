using Microsoft.AspNetCore.RateLimiting;
using Trading.Api.Configuration;

namespace Trading.Api.Access;

/// <summary>Lets a request through to its endpoint when the endpoint's rule is kept and the caller's quota allows.</summary>
internal sealed class Gate(
    RequestDelegate next,
    TokenVerifier tokens,
    RoleKeys roleKeys,
    RequestQuota quota,
    ServiceSettings settings
)
{
    private const string TokenChallenge = "Bearer error=\"invalid_token\"";

    public async Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint()?.Metadata;
        var rule = endpoint?.GetMetadata<AccessRule>();
        var refusal = rule?.Who switch
        {
            Caller.User => await AdmitUserAsync(context),
            Caller.Operator => AdmitOperator(context),
            Caller.TickWatcher => await AdmitTickWatcherAsync(context),
            Caller.Identified => await AdmitIdentifiedAsync(context, rule.AnyOf),
            Caller.Bridge => await AdmitToBridgeAsync(context),
            _ => null,
        };
        var who = context.Features.Get<User>()?.Key.Value ?? Credentials.Address(context);
        if (endpoint?.GetMetadata<DisableRateLimitingAttribute>() is null && quota.Take(who) is { } wait)
        {
            refusal = new ApiError("Too many requests.", "RATE_LIMITED").With(
                StatusCodes.Status429TooManyRequests,
                wait
            );
        }

        await (refusal is null ? next(context) : refusal.ExecuteAsync(context));
    }

    private async ValueTask<ErrorResult?> AdmitUserAsync(HttpContext context, string wanted = "A bearer token")
    {
        if (Credentials.Bearer(context) is not { Length: > 0 } token)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return new ApiError($"{wanted} is required.", "INVALID_JWT").With(StatusCodes.Status401Unauthorized);
        }

        switch (await tokens.CheckAsync(token, context.RequestAborted))
        {
            case TokenCheck.Valid valid:
                context.Features.Set(valid.User);
                context.Features.Set(new Identity(valid.User, valid.User.Roles));
                return null;
            case TokenCheck.Undecided undecided:
                return ApiError.Unavailable(undecided.Reason);
            case TokenCheck.Invalid invalid:
                context.Response.Headers.WWWAuthenticate = TokenChallenge;
                return new ApiError(invalid.Reason, "INVALID_JWT").With(StatusCodes.Status401Unauthorized);
            default:
                throw new InvalidOperationException("A token check has three outcomes.");
        }
    }

    private ErrorResult? AdmitOperator(HttpContext context)
    {
        if (roleKeys.RolesOf(context) == Roles.Operator)
        {
            context.Features.Set(new Identity(null, Roles.Operator));
            return null;
        }

        return NoKey(context);
    }

    private async ValueTask<ErrorResult?> AdmitIdentifiedAsync(HttpContext context, Roles anyOf)
    {
        // Who may only monitor is nobody elsewhere.
        var roles = roleKeys.RolesOf(context);
        if (roles != Roles.None && (roles != Roles.Monitor || anyOf.HasFlag(Roles.Monitor)))
        {
            context.Features.Set(new Identity(null, roles));
        }
        else if (context.Request.Headers.ContainsKey(Credentials.KeyHeader))
        {
            return NoKey(context);
        }
        else if (await AdmitUserAsync(context, "A bearer token, or the key of a role in X-Api-Key,") is { } refusal)
        {
            return refusal;
        }

        return anyOf == Roles.None || context.Features.Get<Identity>()!.Has(anyOf)
            ? null
            : new ApiError(
                $"This needs the role {anyOf.ToString().ToLowerInvariant().Replace(", ", " or ")}.",
                "ROLE_REQUIRED"
            ).With(StatusCodes.Status403Forbidden);
    }

    // A bearer with the dots of a token is one that somebody was given: what is wrong with it is told.
    private async ValueTask<ErrorResult?> AdmitToBridgeAsync(HttpContext context)
    {
        if (AdmitOperator(context) is not { } noKey)
        {
            return null;
        }

        if (
            context.Request.Headers.ContainsKey(Credentials.KeyHeader)
            || Credentials.Bearer(context)?.Count(letter => letter == '.') != 2
        )
        {
            return noKey;
        }

        context.Response.Headers.WWWAuthenticate = default;
        return await AdmitUserAsync(context);
    }

    private static ErrorResult NoKey(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return new ApiError("A valid API key is required in X-Api-Key.", "INVALID_API_KEY").With(
            StatusCodes.Status401Unauthorized
        );
    }

    private ValueTask<ErrorResult?> AdmitTickWatcherAsync(HttpContext context) =>
        settings.PublicTicks || roleKeys.RolesOf(context) == Roles.Operator ? default : AdmitUserAsync(context);
}
