using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Messages;

namespace Trading.Api.Live;

/// <summary>The frame of one tick.</summary>
internal static class TickFrame
{
    private const int OnStack = 512;

    /// <summary>A frame around the tick's message.</summary>
    public static byte[] Of(in Tick tick, Offset offset)
    {
        var longest = TickMessage.MaxLength(tick);
        Span<byte> text = longest <= OnStack ? stackalloc byte[OnStack] : new byte[longest];
        return Frame.Of(text[..TickMessage.Write(text, tick, offset)]);
    }
}
