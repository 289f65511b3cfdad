using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Trading.EventStore;
using Trading.Postgres;

namespace Trading.Api;

/// <summary>What every failed request is answered with.</summary>
/// <param name="Detail">For people.</param>
/// <param name="Code">For programs; stable.</param>
/// <param name="Field">The input at fault, if one is.</param>
public sealed record ApiError(
    string Detail,
    string Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field = null
)
{
    /// <summary>This error with its status, as a result of an endpoint.</summary>
    public ErrorResult With(int status, TimeSpan? retryAfter = null) => new(status, this, retryAfter);

    /// <summary>400: an input at fault.</summary>
    public static ErrorResult Invalid(string field, string detail) =>
        new ApiError(detail, "VALIDATION_ERROR", field).With(StatusCodes.Status400BadRequest);

    /// <summary>403: a user asked about somebody else, whether or not there is such a one.</summary>
    public static ErrorResult NotYours(string field) =>
        new ApiError($"{field} names another user than the token: that needs a role.", "ROLE_REQUIRED", field).With(
            StatusCodes.Status403Forbidden
        );

    /// <summary>503: may be tried again.</summary>
    public static ErrorResult Unavailable(string detail) =>
        new ApiError(detail, "SERVICE_UNAVAILABLE").With(
            StatusCodes.Status503ServiceUnavailable,
            TimeSpan.FromSeconds(1)
        );

    /// <summary>404: the user has no broker account yet.</summary>
    public static ErrorResult NoAccount { get; } =
        new ApiError("No broker account is connected: connect cTrader first.", "NO_ACCOUNT").With(
            StatusCodes.Status404NotFound
        );

    /// <summary>503: the account is chosen, but the broker has not described it yet.</summary>
    public static ErrorResult AccountNotReady { get; } =
        new ApiError("The broker has not stated this account's balance yet.", "ACCOUNT_NOT_READY").With(
            StatusCodes.Status503ServiceUnavailable,
            TimeSpan.FromSeconds(1)
        );

    /// <summary>404: no such symbol.</summary>
    public static ErrorResult UnknownSymbol(string field) =>
        new ApiError("No such symbol.", "UNKNOWN_SYMBOL", field).With(StatusCodes.Status404NotFound);
}

/// <summary>Writes an <see cref="ApiError"/>.</summary>
public sealed class ErrorResult(int status, ApiError error, TimeSpan? retryAfter = null) : IResult
{
    /// <summary>What is said.</summary>
    public ApiError Error => error;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        if (retryAfter is { } wait)
        {
            response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString();
        }

        return response.WriteAsJsonAsync(
            error,
            ApiJson.Default.ApiError,
            cancellationToken: httpContext.RequestAborted
        );
    }
}

/// <summary>Gives every failure the one error shape: bare statuses of the framework, unreadable requests, and bugs, whose
/// inside never leaves the house.</summary>
internal sealed partial class ErrorShape(RequestDelegate next, ILogger<ErrorShape> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException bad)
        {
            await AnswerAsync(context, Unreadable(bad));
            return;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception away) when (DatabaseFailure.IsAway(away) && !context.Response.HasStarted)
        {
            Log.UnansweredWithoutDatabase(logger, away.Message);
            await AnswerAsync(context, ApiError.Unavailable("The database cannot be reached at the moment."));
            return;
        }
        catch (LogUnavailableException away) when (!context.Response.HasStarted)
        {
            Log.UnansweredWithoutDatabase(logger, away.Message);
            await AnswerAsync(context, ApiError.Unavailable("The journal cannot be reached at the moment."));
            return;
        }
        catch (LogDamagedException damaged) when (!context.Response.HasStarted)
        {
            Log.JournalDamaged(logger, damaged.Message);
            await AnswerAsync(
                context,
                new ApiError("The journal is not whole: trading-tools verify tells where.", "JOURNAL_DAMAGED").With(500)
            );
            return;
        }
        catch (Exception bug) when (!context.Response.HasStarted)
        {
            Log.Unhandled(logger, context.GetEndpoint()?.DisplayName ?? "no endpoint", bug);
            await AnswerAsync(context, new ApiError("Internal server error", "INTERNAL_ERROR").With(500));
            return;
        }

        var response = context.Response;
        if (response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
        {
            await OfStatus(response.StatusCode).ExecuteAsync(context);
        }
    }

    private static async Task AnswerAsync(HttpContext context, ErrorResult answer)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await answer.ExecuteAsync(context);
        }
    }

    private static ErrorResult Unreadable(BadHttpRequestException bad) =>
        bad switch
        {
            { StatusCode: StatusCodes.Status413PayloadTooLarge } => OfStatus(413),
            { StatusCode: StatusCodes.Status415UnsupportedMediaType } => OfStatus(415),
            { InnerException: JsonException json } => new ApiError(
                "The body is not the JSON that this endpoint takes.",
                "INVALID_JSON",
                string.IsNullOrEmpty(json.Path) || json.Path == "$" ? null : json.Path.Replace("$.", "")
            ).With(400),
            _ when UnreadableArgument().Match(bad.Message) is { Success: true } argument => ApiError.Invalid(
                JsonNamingPolicy.CamelCase.ConvertName(argument.Groups["name"].Value),
                "The argument is not of the kind that this endpoint takes."
            ),
            _ => OfStatus(bad.StatusCode),
        };

    // The framework tells the argument at fault only in words.
    [GeneratedRegex("""^Failed to bind parameter "\S+ (?<name>\w+)" from""", RegexOptions.NonBacktracking)]
    private static partial Regex UnreadableArgument();

    private static ErrorResult OfStatus(int status) =>
        (
            status switch
            {
                400 => new ApiError("The request is malformed.", "BAD_REQUEST"),
                401 => new("Authentication is required.", "UNAUTHORIZED"),
                403 => new("Not allowed.", "FORBIDDEN"),
                404 => new("No such endpoint or resource.", "NOT_FOUND"),
                405 => new("This endpoint does not take that method.", "METHOD_NOT_ALLOWED"),
                408 => new("The request came too slowly.", "REQUEST_TIMEOUT"),
                413 => new("The body is too large.", "PAYLOAD_TOO_LARGE"),
                415 => new("The body must be application/json.", "UNSUPPORTED_MEDIA_TYPE"),
                426 => new("This endpoint speaks WebSocket.", "UPGRADE_REQUIRED"),
                >= 500 => new("Internal server error", "INTERNAL_ERROR"),
                _ => new("The request was refused.", "REQUEST_REFUSED"),
            }
        ).With(status);
}
