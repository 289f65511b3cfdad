using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Running;

namespace Trading.Api;

/// <summary>Read your own writes: a command's answer carries in <c>X-Offset</c> where the journal stood when it was done; a
/// query with that number in <c>X-Min-Offset</c> is answered from read models that have taken it in, or says how far they
/// are behind.</summary>
internal static class FreshReads
{
    private const string Asked = "X-Min-Offset";
    private const string Told = "X-Offset";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Lets a query over read models of the journal take <c>X-Min-Offset</c>. Its <c>X-Offset</c> tells what the
    /// answer has taken in at least.</summary>
    public static RouteHandlerBuilder TakesMinOffset(this RouteHandlerBuilder endpoint) =>
        endpoint
            .AddEndpointFilter(WaitAsync)
            .WithMetadata(new TakesMinOffset())
            .Produces<BehindAnswer>(StatusCodes.Status202Accepted)
            .Fails(StatusCodes.Status400BadRequest);

    /// <summary>Describes the header where an endpoint takes it.</summary>
    public static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<TakesMinOffset>().Any())
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = Asked,
                    In = ParameterLocation.Header,
                    Description =
                        "An X-Offset of an earlier answer: this one is at least as fresh, or 202 says how far behind.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
                }
            );
        }
    }

    /// <summary>Tells an offset of the journal in the answer.</summary>
    public static void Tell(HttpContext context, Offset offset) =>
        context.Response.Headers[Told] = offset.Value.ToString(CultureInfo.InvariantCulture);

    private static async ValueTask<object?> WaitAsync(
        EndpointFilterInvocationContext invocation,
        EndpointFilterDelegate next
    )
    {
        var context = invocation.HttpContext;
        var projections = context.RequestServices.GetRequiredService<ProjectionSet>();
        if (context.Request.Headers[Asked] is { Count: > 0 } given)
        {
            if (
                given.Count > 1
                || !long.TryParse(given[0], NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            )
            {
                return ApiError.Invalid(Asked, $"{Asked} must be an offset: a whole number, not negative.");
            }

            if (await AwaitAsync(context, projections, new(asked)) is { } late)
            {
                return late;
            }
        }

        // Taken before the query: what it reads is this fresh or fresher.
        Tell(context, projections.Reached);
        return await next(invocation);
    }

    // Null when the read models are there.
    private static async ValueTask<IResult?> AwaitAsync(HttpContext context, ProjectionSet projections, Offset asked)
    {
        if (projections.Reached >= asked)
        {
            return null;
        }

        var journal = context.RequestServices.GetRequiredService<IEventLog>();
        if (await journal.HeadAsync(context.RequestAborted) is var head && head < asked)
        {
            // Nobody was ever told this offset, or the journal was restored from an older backup: waiting cannot help.
            return ApiError.Invalid(Asked, $"{Asked} is beyond the journal, which ends at {head}.");
        }

        if (await projections.WaitForAsync(asked, Patience, context.RequestAborted))
        {
            return null;
        }

        var reached = projections.Reached;
        Tell(context, reached);
        context.Response.Headers.RetryAfter = "1";
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            new BehindAnswer(
                "The read models have not taken in that offset yet: ask again in a moment.",
                "READ_MODEL_BEHIND",
                Math.Max(0, asked.Value - reached.Value),
                reached.Value
            ),
            ApiJson.Default.BehindAnswer,
            statusCode: StatusCodes.Status202Accepted
        );
    }
}

/// <summary>An endpoint whose answer waits for <c>X-Min-Offset</c>.</summary>
internal sealed record TakesMinOffset;

/// <summary>What was asked for is not in the read models yet.</summary>
/// <param name="Detail">For people.</param>
/// <param name="Code">READ_MODEL_BEHIND.</param>
/// <param name="Behind">Events between what was asked for and what is there.</param>
/// <param name="Offset">What is there: the offset that every read model has taken in.</param>
internal sealed record BehindAnswer(string Detail, string Code, long Behind, long Offset);
