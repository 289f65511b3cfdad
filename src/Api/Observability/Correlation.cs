namespace Trading.Api.Observability;

/// <summary>Gives every request an id that its answer carries and its log lines show: the caller's own when it sent a
/// reasonable one.</summary>
internal sealed class Correlation(RequestDelegate next, ILogger<Correlation> logger)
{
    private const string Header = "X-Correlation-Id";
    private const int MaxLength = 64;

    public async Task InvokeAsync(HttpContext context)
    {
        var given = context.Request.Headers[Header];
        if (given.Count == 1 && IsReasonable(given[0]))
        {
            context.TraceIdentifier = given[0]!;
        }

        context.Response.Headers[Header] = context.TraceIdentifier;
        using (logger.BeginScope(new CorrelationScope(context.TraceIdentifier)))
        {
            await next(context);
        }
    }

    // It goes into logs and headers: nothing that could break out of either.
    private static bool IsReasonable(string? id) =>
        id is { Length: > 0 and <= MaxLength }
        && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or ':');
}
