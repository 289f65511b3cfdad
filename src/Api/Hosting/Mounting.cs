using Microsoft.AspNetCore.HttpOverrides;
using Trading.Api.Configuration;

namespace Trading.Api.Hosting;

/// <summary>Makes a request look as it did where the client sent it, before anything else looks at it: behind proxies, and
/// below a path.</summary>
internal static class Mounting
{
    /// <summary>Takes over what trusted proxies say, and then the configured path off.</summary>
    public static void UseMounting(this IApplicationBuilder app, ServiceSettings settings)
    {
        if (settings.TrustedProxies.Count > 0)
        {
            app.UseForwardedHeaders(Trusting(settings));
        }

        var configured = new PathString(settings.PathBase);
        app.Use(
            (context, next) =>
            {
                Mount(context.Request, configured);
                return next(context);
            }
        );
    }

    // From the last proxy back to the first address that is not trusted: what stands before it, anybody may have written.
    private static ForwardedHeadersOptions Trusting(ServiceSettings settings)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders =
                ForwardedHeaders.XForwardedFor
                | ForwardedHeaders.XForwardedProto
                | ForwardedHeaders.XForwardedHost
                | ForwardedHeaders.XForwardedPrefix,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in settings.TrustedProxies)
        {
            options.KnownIPNetworks.Add(network);
        }

        return options;
    }

    // A proxy's prefix is what it took off the path; the configured one may still stand there.
    private static void Mount(HttpRequest request, PathString configured)
    {
        var told = new PathString(request.PathBase.Value?.TrimEnd('/'));
        if (configured.HasValue && request.Path.StartsWithSegments(configured, out var rest))
        {
            request.Path = rest;
            told = told == configured ? configured : told + configured;
        }

        request.PathBase = told.HasValue ? told : configured;
    }
}
