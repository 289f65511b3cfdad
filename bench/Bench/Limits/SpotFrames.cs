using System.Buffers.Binary;
using Google.Protobuf;
using Trading.Protocol.CTrader;

namespace Trading.Bench.Limits;

/// <summary>Spot events as they stand on the wire, made beforehand.</summary>
internal static class SpotFrames
{
    private const uint SpotEvent = (uint)ProtoOAPayloadType.ProtoOaSpotEvent;

    /// <summary>So many frames, round robin over the symbols; one side moves in most of them, as in a real market.</summary>
    public static byte[] Many(int count, IReadOnlyList<long> symbols, long account, long startMs)
    {
        using var stream = new MemoryStream(count * 40);
        for (var i = 0; i < count; i++)
        {
            var bid = 108_000UL + (ulong)(i * 7 % 500);
            var spot = new ProtoOASpotEvent
            {
                CtidTraderAccountId = account,
                SymbolId = symbols[i % symbols.Count],
                Timestamp = startMs + (i / 10),
            };
            if (i < symbols.Count || i % 4 != 0)
            {
                spot.Bid = bid;
            }

            if (i < symbols.Count || i % 4 != 1)
            {
                spot.Ask = bid + 12;
            }

            Write(stream, spot);
        }

        return stream.ToArray();
    }

    /// <summary>One frame with both sides.</summary>
    public static byte[] One(long symbol, long account, ulong bid, long timestampMs)
    {
        using var stream = new MemoryStream(64);
        Write(
            stream,
            new()
            {
                CtidTraderAccountId = account,
                SymbolId = symbol,
                Bid = bid,
                Ask = bid + 12,
                Timestamp = timestampMs,
            }
        );
        return stream.ToArray();
    }

    private static void Write(Stream stream, ProtoOASpotEvent spot)
    {
        var body = new ProtoMessage { PayloadType = SpotEvent, Payload = spot.ToByteString() }.ToByteArray();
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)body.Length);
        stream.Write(length);
        stream.Write(body);
    }
}
