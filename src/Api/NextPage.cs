using Microsoft.AspNetCore.Http.Extensions;

namespace Trading.Api;

/// <summary>Tells the way to the rest of a list that is longer than its answer: <c>Link: &lt;…&gt;; rel="next"</c> (RFC 8288).
/// A list without it is whole.</summary>
internal static class NextPage
{
    /// <summary>The same request with some arguments set otherwise.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kept">The arguments that stay as they came. Others, such as a token, are not repeated.</param>
    /// <param name="set">Those that lead on.</param>
    public static void Tell(HttpContext context, ReadOnlySpan<string> kept, params (string Name, string Value)[] set)
    {
        var query = new QueryBuilder();
        foreach (var name in kept)
        {
            if (context.Request.Query[name] is [{ } value, ..])
            {
                query.Add(name, value);
            }
        }

        foreach (var (name, value) in set)
        {
            query.Add(name, value);
        }

        var path = context.Request.PathBase.ToUriComponent() + context.Request.Path.ToUriComponent();
        context.Response.Headers.Link = $"<{path}{query}>; rel=\"next\"";
    }
}
