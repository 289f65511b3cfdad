using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Projections.Running;

/// <summary>Events that a read model goes without because an operator said so. That was said in the journal, so every
/// later fold leaves out the same ones.</summary>
internal static class SkippedEvents
{
    /// <summary>Where operators' decisions about a read model are recorded.</summary>
    public static StreamName StreamOf(string model) => StreamName.Of("operations", model);

    /// <summary>The offsets to leave out, as decided so far.</summary>
    public static async Task<IReadOnlySet<Offset>> LoadAsync(
        IEventLog journal,
        string model,
        CancellationToken cancellation
    )
    {
        var skipped = new HashSet<Offset>();
        await foreach (var recorded in journal.ReadStreamAsync(StreamOf(model), StreamVersion.None, cancellation))
        {
            if (recorded.Decode() is ParkedEventSkipped decision)
            {
                skipped.Add(new(decision.EventOffset));
            }
        }

        return skipped;
    }
}
