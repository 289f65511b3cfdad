using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Messages;

namespace Trading.Api.Live;

/// <summary>The frame of one tick.</summary>
internal static class TickFrame
{
    /// <summary>A frame around the tick's message.</summary>
    public static byte[] Of(in Tick tick, Offset offset)
    {
        Span<byte> text = stackalloc byte[TickMessage.MaxLength];
        return Frame.Of(text[..TickMessage.Write(text, tick, offset)]);
    }
}
