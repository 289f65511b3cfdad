using Microsoft.AspNetCore.Http.Features;

namespace Trading.Api;

/// <summary>What a request may say of its body. JSON is UTF-8 whatever it is called (RFC 8259 §11): the framework fails on a
/// charset that it does not know, and on one in quotes, which HTTP allows. A body that is coded, as by gzip, is not taken: its
/// size would not be what the limit bounds.</summary>
internal sealed class RequestBody(RequestDelegate next)
{
    private const string Json = "application/json";
    private const string Plain = "identity";

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var codings = request.Headers.GetCommaSeparatedValues("Content-Encoding");
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        if (hasBody && codings.Any(coding => !string.Equals(coding, Plain, StringComparison.OrdinalIgnoreCase)))
        {
            context.Response.Headers.AcceptEncoding = Plain;
            return new ApiError("The body must be sent as it is, without Content-Encoding.", "UNSUPPORTED_MEDIA_TYPE")
                .With(StatusCodes.Status415UnsupportedMediaType)
                .ExecuteAsync(context);
        }

        if (request.HasJsonContentType())
        {
            request.ContentType = Json;
        }

        return next(context);
    }
}
