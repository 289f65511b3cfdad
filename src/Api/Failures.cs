using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.RateLimiting;
using Trading.Api.Access;

namespace Trading.Api;

/// <summary>Describes the failures that endpoints may answer with: one states its own, and those that its rule, the quota and the
/// reading of a body bring along are added for it.</summary>
internal static class Failures
{
    private static readonly string[] Json = ["application/json"];

    /// <summary>States failures of the endpoint's own.</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            endpoint.WithMetadata(Failure(status));
        }

        return endpoint;
    }

    /// <summary>Adds to every endpoint mapped here what it may fail with besides.</summary>
    public static IEndpointRouteBuilder DescribingFailures(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("");
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            var stated = endpoint.Metadata.OfType<IProducesResponseTypeMetadata>().Select(one => one.StatusCode);
            foreach (var status in Implied(endpoint).Except(stated).ToArray())
            {
                endpoint.Metadata.Add(Failure(status));
            }
        });
        return group;
    }

    private static IEnumerable<int> Implied(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<AccessRule>().LastOrDefault() is { } rule)
        {
            yield return StatusCodes.Status401Unauthorized;
            yield return StatusCodes.Status503ServiceUnavailable;
            if (rule.AnyOf != Roles.None || rule.Who == Caller.Bridge)
            {
                yield return StatusCodes.Status403Forbidden;
            }

            if (!endpoint.Metadata.OfType<DisableRateLimitingAttribute>().Any())
            {
                yield return StatusCodes.Status429TooManyRequests;
            }
        }

        if (endpoint.Metadata.OfType<IAcceptsMetadata>().Any())
        {
            yield return StatusCodes.Status400BadRequest;
            yield return StatusCodes.Status413PayloadTooLarge;
            yield return StatusCodes.Status415UnsupportedMediaType;
        }
    }

    private static ProducesResponseTypeMetadata Failure(int status) => new(status, typeof(ApiError), Json);
}
