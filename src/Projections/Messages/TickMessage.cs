using System.Buffers.Text;
using Trading.Domain.Logs;
using Trading.Domain.Market;

namespace Trading.Projections.Messages;

/// <summary>The message of one tick: <c>{"type":"tick","symbol":…,"bid":…,"ask":…,"timestamp":…,"offset":…}</c>.</summary>
public static class TickMessage
{
    /// <summary>No message is longer.</summary>
    public const int MaxLength = 320;

    /// <summary>Writes a tick as JSON by hand: this runs once for every tick of the market. Gives the length.</summary>
    public static int Write(Span<byte> text, in Tick tick, Offset offset)
    {
        var writer = new Writer(text);
        writer.Raw("{\"type\":\"tick\",\"symbol\":\""u8);
        writer.Symbol(tick.Symbol.Value);
        writer.Raw("\",\"bid\":"u8);
        writer.Number(tick.Bid.ToDecimal());
        writer.Raw(",\"ask\":"u8);
        writer.Number(tick.Ask.ToDecimal());
        writer.Raw(",\"timestamp\":"u8);
        writer.Number(tick.TimestampMs);
        writer.Raw(",\"offset\":"u8);
        writer.Number(offset.Value);
        writer.Raw("}"u8);
        return writer.Length;
    }

    private ref struct Writer(Span<byte> text)
    {
        private readonly Span<byte> _text = text;

        public int Length { get; private set; }

        public void Raw(scoped ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_text[Length..]);
            Length += bytes.Length;
        }

        // Names come from a broker: whatever would need escaping in JSON is left out.
        public void Symbol(string name)
        {
            foreach (var letter in name.AsSpan(0, Math.Min(name.Length, 64)))
            {
                if (letter is >= ' ' and <= '~' and not ('"' or '\\'))
                {
                    _text[Length++] = (byte)letter;
                }
            }
        }

        public void Number(decimal value)
        {
            Utf8Formatter.TryFormat(value, _text[Length..], out var written);
            Length += written;
        }

        public void Number(long value)
        {
            Utf8Formatter.TryFormat(value, _text[Length..], out var written);
            Length += written;
        }
    }
}
