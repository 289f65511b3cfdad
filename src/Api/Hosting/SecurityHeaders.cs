namespace Trading.Api.Hosting;

/// <summary>Tells browsers, on every answer, to take it for what it says it is, to show it in no frame and to load nothing for
/// it. The page of the document says itself what it loads.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        // Only when the answer begins: one that is thrown away for an error takes its headers along.
        context.Response.OnStarting(Tell, context.Response);
        return next(context);
    }

    private static Task Tell(object state)
    {
        var headers = ((HttpResponse)state).Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        if (headers.ContentSecurityPolicy.Count == 0)
        {
            headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        }

        if (!headers.ContainsKey("Referrer-Policy"))
        {
            headers["Referrer-Policy"] = "no-referrer";
        }

        return Task.CompletedTask;
    }
}
