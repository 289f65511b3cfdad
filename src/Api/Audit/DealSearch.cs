using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Api.Audit;

/// <summary>Looks for a deal in the journal itself. The read model may not have it: its stream is parked there, or the user
/// was erased.</summary>
internal static class DealSearch
{
    /// <summary>The deals that bear an id, one for each account that has it. One user's are looked for in that user's session,
    /// those of all through the whole journal.</summary>
    /// <param name="reading">What may be seen.</param>
    /// <param name="id">The broker's id.</param>
    /// <param name="account">In this account; null for any.</param>
    /// <param name="owner">Of this user; null for any.</param>
    /// <param name="head">Nothing beyond is looked at.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<IReadOnlyList<RecordedEvent>> FindAsync(
        AuditReading reading,
        string id,
        string? account,
        UserKey? owner,
        Offset head,
        CancellationToken cancellation
    )
    {
        var events = owner is { } user
            ? reading.StreamAsync(StreamName.Of("session", user.Value), StreamVersion.None, head, cancellation)
            : reading.EventsAsync(Offset.Start, head, cancellation);
        var found = new Dictionary<(StreamName, string), RecordedEvent>();
        await foreach (var recorded in events.WithCancellation(cancellation))
        {
            if (
                recorded.Type == DealExecuted.Descriptor.FullName
                && recorded.Decode() is DealExecuted deal
                && deal.DealId == id
                && (account is null || deal.AccountId == account)
            )
            {
                // Told once more after an erasure, it is the same deal.
                found[(recorded.Stream, deal.AccountId)] = recorded;
            }
        }

        return [.. found.Values];
    }
}
