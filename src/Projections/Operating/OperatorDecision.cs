using Google.Protobuf;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Running;

namespace Trading.Projections.Operating;

/// <summary>An operator's decision about a read model, in the journal.</summary>
internal static class OperatorDecision
{
    /// <summary>Most characters of a reason.</summary>
    public const int MaxReason = 1_000;

    /// <summary>Records it.</summary>
    public static async Task RecordAsync(
        IEventLog journal,
        TimeProvider time,
        string projection,
        IMessage decision,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var outcome = await journal.AppendAsync(
            new()
            {
                Stream = SkippedEvents.StreamOf(projection),
                ExpectedVersion = null,
                Events = [EventEnvelope.Of(decision, now)],
            },
            cancellation
        );
        if (outcome is not AppendOutcome.Appended)
        {
            throw new InvalidOperationException($"A decision nobody competes for was answered with {outcome}.");
        }
    }

    /// <summary>A reason worth keeping.</summary>
    /// <exception cref="ReadModelRefusedException">Empty or too long.</exception>
    public static string Reason(string text) =>
        text.Trim() is { Length: > 0 and <= MaxReason } reason
            ? reason
            : throw new ReadModelRefusedException($"A reason is needed, of at most {MaxReason} characters.");
}
