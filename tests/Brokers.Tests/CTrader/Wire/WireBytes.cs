using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Trading.Protocol.CTrader;
using Trading.TestKit;

namespace Trading.Brokers.Tests.CTrader.Wire;

/// <summary>Generators of wire messages, with fields that the schema does not know mixed in.</summary>
internal static class WireBytes
{
    public static Arbitrary<byte[]> Envelopes() =>
        Seeded.From(random => WithStrangers(Envelope(random).ToByteArray(), random)).ToArbitrary();

    public static Arbitrary<byte[]> SpotEvents() =>
        Seeded.From(random => WithStrangers(SpotEvent(random).ToByteArray(), random)).ToArbitrary();

    /// <summary>A message's bytes with a few bits flipped, or cut short: mostly broken, sometimes not.</summary>
    public static Arbitrary<byte[]> Damaged(Func<Random, IMessage> make) =>
        Seeded
            .From(random =>
            {
                var bytes = WithStrangers(make(random).ToByteArray(), random);
                for (var i = random.Next(3); i > 0 && bytes.Length > 0; i--)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                }

                return random.Next(3) == 0 ? bytes[..random.Next(bytes.Length + 1)] : bytes;
            })
            .ToArbitrary();

    public static ProtoMessage Envelope(Random random)
    {
        var envelope = new ProtoMessage { PayloadType = (uint)random.NextInt64(0, 1L << random.Next(1, 33)) };
        if (random.Next(4) > 0)
        {
            envelope.Payload = ByteString.CopyFrom(Bytes(random, 300));
        }

        if (random.Next(2) == 0)
        {
            envelope.ClientMsgId = $"id-{random.Next()}-é";
        }

        return envelope;
    }

    public static ProtoOASpotEvent SpotEvent(Random random)
    {
        var spot = new ProtoOASpotEvent { CtidTraderAccountId = Long(random), SymbolId = Long(random) };
        if (random.Next(2) == 0)
        {
            spot.PayloadType = ProtoOAPayloadType.ProtoOaSpotEvent;
        }

        if (random.Next(2) == 0)
        {
            spot.Bid = (ulong)Long(random);
        }

        if (random.Next(2) == 0)
        {
            spot.Ask = (ulong)Long(random);
        }

        if (random.Next(2) == 0)
        {
            spot.Timestamp = Long(random);
        }

        if (random.Next(3) == 0)
        {
            spot.SessionClose = (ulong)Long(random);
        }

        for (var i = random.Next(3); i > 0; i--)
        {
            spot.Trendbar.Add(new ProtoOATrendbar { Volume = Long(random), Low = Long(random) });
        }

        return spot;
    }

    // Fields of all wire types with numbers far above those of the schema, in front and behind.
    private static byte[] WithStrangers(byte[] message, Random random)
    {
        var stranger = new UnknownFields(random);
        return [.. stranger.Next(), .. message, .. stranger.Next()];
    }

    private static byte[] Bytes(Random random, int limit)
    {
        var bytes = new byte[random.Next(limit)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static long Long(Random random) =>
        random.Next(8) == 0 ? -random.NextInt64() : random.NextInt64(0, 1L << random.Next(1, 63));

    private sealed class UnknownFields(Random random)
    {
        public byte[] Next()
        {
            using var buffer = new MemoryStream();
            using (var output = new CodedOutputStream(buffer, leaveOpen: true))
            {
                for (var i = random.Next(3); i > 0; i--)
                {
                    Write(output, random.Next(41, 2000));
                }
            }

            return buffer.ToArray();
        }

        private void Write(CodedOutputStream output, int field)
        {
            switch (random.Next(5))
            {
                case 0:
                    output.WriteTag(field, WireFormat.WireType.Varint);
                    output.WriteInt64(Long(random));
                    break;
                case 1:
                    output.WriteTag(field, WireFormat.WireType.Fixed64);
                    output.WriteFixed64((ulong)random.NextInt64());
                    break;
                case 2:
                    output.WriteTag(field, WireFormat.WireType.Fixed32);
                    output.WriteFixed32((uint)random.Next());
                    break;
                case 3:
                    output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                    output.WriteMessage(new StringValue { Value = "unknown" });
                    break;
                default:
                    output.WriteTag(field, WireFormat.WireType.StartGroup);
                    output.WriteTag(1, WireFormat.WireType.Varint);
                    output.WriteInt64(Long(random));
                    output.WriteTag(field, WireFormat.WireType.EndGroup);
                    break;
            }
        }
    }
}
