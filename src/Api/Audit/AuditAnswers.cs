using System.Buffers;
using System.Text.Json;
using Trading.Api.Access;
using Trading.Domain.Logs;

namespace Trading.Api.Audit;

/// <summary>What the endpoints of the record have in common: errors, and the two forms of an answer.</summary>
internal static class AuditAnswers
{
    /// <summary>The media type of one JSON object a line.</summary>
    public const string Lines = "application/x-ndjson";

    /// <summary>Most events of a page.</summary>
    public const int MostEvents = 1_000;

    /// <summary>Events of a page when nothing is said.</summary>
    public const int DefaultEvents = 100;

    /// <summary>404: no such stream, or none that the caller may know of; the two are never told apart.</summary>
    public static ErrorResult NoSuchStream { get; } =
        new ApiError("There is no such stream.", "STREAM_NOT_FOUND", "stream").With(StatusCodes.Status404NotFound);

    /// <summary>429: more streams of lines than one reader, or all together, may have open.</summary>
    public static ErrorResult TooManyStreams { get; } =
        new ApiError("Too many streams are open: read or close one.", "TOO_MANY_STREAMS").With(
            StatusCodes.Status429TooManyRequests,
            TimeSpan.FromSeconds(5)
        );

    /// <summary>Whether the client wants lines.</summary>
    public static bool WantsLines(HttpContext context) =>
        context
            .Request.GetTypedHeaders()
            .Accept.Any(one => string.Equals(one.MediaType.Value, Lines, StringComparison.OrdinalIgnoreCase));

    /// <summary>How many events a page may have; null with what is wrong.</summary>
    public static int? ReadLimit(string? text) =>
        text is null ? DefaultEvents
        : AuditQuestion.ReadNumber(text) is >= 1 and <= MostEvents and var limit ? (int)limit
        : null;

    /// <summary>400: a page cannot have that many.</summary>
    public static ErrorResult WrongLimit { get; } = ApiError.Invalid("limit", $"limit must be from 1 to {MostEvents}.");
}

/// <summary>Events as lines of JSON, each sent as soon as it is read: the client's reading sets the pace, and memory holds
/// a buffer's worth.</summary>
internal sealed class LinesResult(
    IAsyncEnumerable<RecordedEvent> events,
    bool withSource,
    AuditLoad load,
    Identity reader
) : IResult
{
    private const int FlushAt = 32 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var place = load.EnterStream(reader.Name);
        if (place is null)
        {
            await AuditAnswers.TooManyStreams.ExecuteAsync(httpContext);
            return;
        }

        var response = httpContext.Response;
        response.ContentType = AuditAnswers.Lines;
        response.Headers.CacheControl = "no-store";
        var output = response.BodyWriter;
        await using var writer = new Utf8JsonWriter(output);
        var waiting = 0L;
        await foreach (var recorded in events.WithCancellation(httpContext.RequestAborted))
        {
            JsonSerializer.Serialize(writer, AuditEvent.Of(recorded, withSource), ApiJson.Default.AuditEvent);
            waiting += writer.BytesCommitted + writer.BytesPending + 1;
            await writer.FlushAsync(httpContext.RequestAborted);
            output.Write("\n"u8);
            writer.Reset();
            if (waiting >= FlushAt)
            {
                waiting = 0;
                await output.FlushAsync(httpContext.RequestAborted);
            }
        }

        await output.FlushAsync(httpContext.RequestAborted);
    }
}
