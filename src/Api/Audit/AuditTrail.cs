using System.Diagnostics.Metrics;
using Trading.Api.Access;
using Trading.Api.Observability;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore.Journal;

namespace Trading.Api.Audit;

/// <summary>Puts on record who looks into the record of others, before they see anything.</summary>
internal sealed class AuditTrail(IEventLog journal, IJournalHistory history, StreamPlaces places, TimeProvider time)
{
    /// <summary>The roles that read the record of all; whatever they read is recorded.</summary>
    public const Roles Readers = Roles.Auditor | Roles.Operator;

    private static readonly Meter Meter = new("Trading.Api");
    private static readonly Counter<long> Reads = Meter.CreateCounter<long>(
        "trading.audit.reads",
        "{read}",
        "Looks into the record of others that were recorded."
    );

    /// <summary>Lets a caller read.</summary>
    /// <param name="context">The request: tells who asks and where.</param>
    /// <param name="filters">What is asked for, as understood; users by key.</param>
    /// <param name="after">Nothing up to here is shown.</param>
    /// <param name="upTo">Nothing beyond is shown.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="EventStore.LogUnavailableException">It could not be recorded, so nothing may be shown.</exception>
    public Task<AuditReading> BeginAsync(
        HttpContext context,
        IEnumerable<(string Name, string Value)> filters,
        Offset after,
        Offset upTo,
        CancellationToken cancellation
    ) =>
        AuditReading.BeginAsync(
            WhoAsks(context),
            journal,
            history,
            places,
            () => RecordAsync(context, filters, after, upTo, cancellation)
        );

    /// <summary>Records that whoever asks reads what is not their own; done when it is committed. For queries that answer
    /// from elsewhere than the journal.</summary>
    /// <inheritdoc cref="BeginAsync"/>
    public async Task RecordAsync(
        HttpContext context,
        IEnumerable<(string Name, string Value)> filters,
        Offset after,
        Offset upTo,
        CancellationToken cancellation
    )
    {
        var who = WhoAsks(context);
        var now = time.GetUtcNow();
        var read = new AuditRead
        {
            Reader = who.Name,
            Route = $"{context.Request.Method} {RouteOf(context)}",
            AfterOffset = after.Value,
            UpToOffset = upTo.Value,
            AskedAtMs = now.ToUnixTimeMilliseconds(),
        };
        read.Roles.AddRange(
            new[] { Roles.Auditor, Roles.Operator }
                .Where(role => who.Has(role))
                .Select(role => role.ToString().ToLowerInvariant())
        );
        read.Filters.AddRange(filters.Select(filter => new AuditFilter { Name = filter.Name, Value = filter.Value }));
        var correlation = Correlation.IdOf(context);
        var outcome = await journal.AppendAsync(
            new()
            {
                Stream = StreamName.Of("audit", who.Name),
                ExpectedVersion = null,
                Events = [EventEnvelope.Of(read, now, who.User?.Key, correlation)],
            },
            cancellation
        );
        if (outcome is not AppendOutcome.Appended)
        {
            throw new InvalidOperationException($"A read was not recorded: {outcome}.");
        }

        Reads.Add(1);
    }

    /// <summary>The same for an answer from the read models, which hold the journal up to about its end.</summary>
    /// <inheritdoc cref="BeginAsync"/>
    public async Task RecordAsync(
        HttpContext context,
        IEnumerable<(string Name, string Value)> filters,
        CancellationToken cancellation
    ) => await RecordAsync(context, filters, Offset.Start, await journal.HeadAsync(cancellation), cancellation);

    private static Identity WhoAsks(HttpContext context) =>
        context.Features.Get<Identity>()
        ?? throw new InvalidOperationException("The endpoint lets anybody in: it has no rule that asks who it is.");

    private static string RouteOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "/";
}
