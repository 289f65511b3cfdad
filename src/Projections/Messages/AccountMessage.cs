using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Projections.Messages;

/// <summary>The message of one business event as its user sees it:
/// <c>{"type":"balance","event":"BalanceChanged","offset":…,"timestamp":…,"data":{…}}</c>.</summary>
public static class AccountMessage
{
    private static readonly FrozenDictionary<string, string> Kinds = new Dictionary<string, string>
    {
        [AccountDescribed.Descriptor.FullName] = "account",
        [LeverageChanged.Descriptor.FullName] = "account",
        [BonusChanged.Descriptor.FullName] = "account",
        [MarginChanged.Descriptor.FullName] = "position",
        [BalanceChanged.Descriptor.FullName] = "balance",
        [FundsDeposited.Descriptor.FullName] = "cash",
        [FundsWithdrawn.Descriptor.FullName] = "cash",
        [SwapCharged.Descriptor.FullName] = "position",
        [PositionOpened.Descriptor.FullName] = "position",
        [PositionChanged.Descriptor.FullName] = "position",
        [PositionClosed.Descriptor.FullName] = "position",
        [OrderAccepted.Descriptor.FullName] = "order",
        [OrderAmended.Descriptor.FullName] = "order",
        [OrderFilled.Descriptor.FullName] = "order",
        [OrderCancelled.Descriptor.FullName] = "order",
        [OrderExpired.Descriptor.FullName] = "order",
        [OrderRejected.Descriptor.FullName] = "order",
        [DealExecuted.Descriptor.FullName] = "deal",
        [AccountSelected.Descriptor.FullName] = "session",
        [SessionStarted.Descriptor.FullName] = "session",
        [SessionConnected.Descriptor.FullName] = "session",
        [LinkLost.Descriptor.FullName] = "session",
        [LinkRetrySlowed.Descriptor.FullName] = "session",
        [LinkRetryFailed.Descriptor.FullName] = "session",
        [SessionFailed.Descriptor.FullName] = "session",
        [SessionStopped.Descriptor.FullName] = "session",
        [CredentialsRevoked.Descriptor.FullName] = "session",
        [DifferenceReconciled.Descriptor.FullName] = "correction",
        [HistoryIncomplete.Descriptor.FullName] = "correction",
    }.ToFrozenDictionary();

    /// <summary>The message of an event as JSON text, or null for an event that is not for screens: grants with their sealed tokens, the
    /// sealed identity, the symbol list, subscriptions.</summary>
    public static byte[]? Of(RecordedEvent recorded)
    {
        if (!Kinds.TryGetValue(recorded.Type, out var kind))
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type", kind);
            writer.WriteString("event", recorded.Type.AsSpan(recorded.Type.LastIndexOf('.') + 1));
            writer.WriteNumber("offset", recorded.Offset.Value);
            writer.WriteNumber("timestamp", recorded.OccurredAt.ToUnixTimeMilliseconds());
            writer.WritePropertyName("data");
            EventJson.Write(writer, recorded.Decode(), withSource: false);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
