using Trading.Domain.Logs;
using Trading.Projections.Messages;

namespace Trading.Api.Live;

/// <summary>The frame of one business event.</summary>
internal static class AccountFrame
{
    /// <summary>The frame of an event, or null for an event that is not for screens.</summary>
    public static byte[]? Of(RecordedEvent recorded) => AccountMessage.Of(recorded) is { } text ? Frame.Of(text) : null;
}
