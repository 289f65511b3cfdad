using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Primitives;

namespace Trading.Api;

/// <summary>An answer with a weak ETag; 304 without a body when the client has it already.</summary>
/// <param name="tag">The whole tag, as <c>W/"…"</c>.</param>
/// <param name="answer">What is answered.</param>
/// <param name="type">Its JSON form.</param>
/// <param name="shared">True when it is the same for all who may ask.</param>
internal sealed class Versioned<T>(string tag, T answer, JsonTypeInfo<T> type, bool shared = false) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.ETag = tag;
        response.Headers.CacheControl = shared ? "no-cache" : "private, no-cache";
        response.Headers.Vary = "Authorization";
        if (Matches(httpContext.Request.Headers.IfNoneMatch))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(response.BodyWriter, answer, type, httpContext.RequestAborted);
    }

    // Weak comparison: only what stands between the quotes counts.
    private bool Matches(StringValues known)
    {
        var mine = tag.AsSpan(2);
        foreach (var line in known)
        {
            foreach (var part in line.AsSpan().Split(','))
            {
                var other = line.AsSpan()[part].Trim();
                if (other is "*" || (other.StartsWith("W/") ? other[2..] : other).SequenceEqual(mine))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
