using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Trading.Domain.Logs;
using Trading.Domain.Market;

namespace Trading.Projections.Messages;

/// <summary>The message of one tick: <c>{"type":"tick","symbol":…,"bid":…,"ask":…,"timestamp":…,"offset":…}</c>.</summary>
public static class TickMessage
{
    // Everything but the name: 25 + 8 + 7 + 13 + 10 + 1 letters, two prices of at most 31 and two numbers of at most 20.
    private const int MostBesideName = 176;

    // A character that JSON must not hold as it is takes six.
    private const int MostPerCharacter = 6;

    /// <summary>No message of this tick is longer.</summary>
    public static int MaxLength(in Tick tick) => MostBesideName + (MostPerCharacter * tick.Symbol.Value.Length);

    /// <summary>Writes a tick as JSON by hand: this runs once for every tick of the market. Gives the length.</summary>
    public static int Write(Span<byte> text, in Tick tick, Offset offset)
    {
        var writer = new Writer(text);
        writer.Raw("{\"type\":\"tick\",\"symbol\":\""u8);
        writer.Text(tick.Symbol.Value);
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

        public void Text(string name)
        {
            foreach (var letter in name)
            {
                if (letter is < ' ' or > '~' or '"' or '\\')
                {
                    Raw(JsonEncodedText.Encode(name).EncodedUtf8Bytes);
                    return;
                }
            }

            Length += Encoding.ASCII.GetBytes(name, _text[Length..]);
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
