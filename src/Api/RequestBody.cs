namespace Trading.Api;

/// <summary>JSON is UTF-8 whatever a request calls it (RFC 8259 §11): the framework fails on a charset that it does not know,
/// and on one in quotes, which HTTP allows.</summary>
internal sealed class JsonCharset(RequestDelegate next)
{
    private const string Json = "application/json";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.HasJsonContentType())
        {
            context.Request.ContentType = Json;
        }

        return next(context);
    }
}
