using Serilog.Context;
using EventId = Trading.Domain.Logs.EventId;

namespace Trading.Api.Observability;

/// <summary>Gives every request an id that its answer carries, its log lines show and the events it causes record: the
/// caller's own when it sent a reasonable one.</summary>
internal sealed class Correlation(RequestDelegate next, TimeProvider time)
{
    private const string Header = "X-Correlation-Id";
    private const int MaxLength = 64;

    public async Task InvokeAsync(HttpContext context)
    {
        var given = context.Request.Headers[Header];
        context.TraceIdentifier =
            given.Count == 1 && IsReasonable(given[0]) ? given[0]! : EventId.New(time.GetUtcNow()).ToString();
        // Only when the answer begins: one that is thrown away for an error takes its headers along.
        context.Response.OnStarting(Tell, context);
        using (LogContext.PushProperty("CorrelationId", context.TraceIdentifier))
        {
            await next(context);
        }
    }

    /// <summary>The id of a request as events record it: the caller's UUID itself, otherwise one that its text always
    /// gives.</summary>
    public static Guid IdOf(HttpContext context) =>
        Guid.TryParseExact(context.TraceIdentifier, "D", out var id) && id != Guid.Empty
            ? id
            : EventId.Derived(context.TraceIdentifier).Value;

    private static Task Tell(object state)
    {
        var context = (HttpContext)state;
        context.Response.Headers[Header] = context.TraceIdentifier;
        return Task.CompletedTask;
    }

    // It goes into logs and headers: nothing that could break out of either.
    private static bool IsReasonable(string? id) =>
        id is { Length: > 0 and <= MaxLength }
        && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or ':');
}
