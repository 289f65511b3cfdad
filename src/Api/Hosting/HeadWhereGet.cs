namespace Trading.Api.Hosting;

/// <summary>Answers HEAD wherever GET is answered, as HTTP asks of every server (RFC 9110 §9.1): with the same head. The
/// server leaves the body out by itself.</summary>
internal static class HeadWhereGet
{
    /// <summary>Endpoints mapped here take HEAD when they take GET.</summary>
    public static IEndpointRouteBuilder TakingHead(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("");
        ((IEndpointConventionBuilder)group).Finally(AddHead);
        return group;
    }

    private static void AddHead(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault() is { HttpMethods: ["GET"] })
        {
            endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
        }
    }
}
