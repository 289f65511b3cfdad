using System.Buffers;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Trading.Brokers.CTrader.Wire;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Wire;

public class EnvelopeTests
{
    [Fact]
    public void Every_envelope_reads_as_the_generated_code_reads_it() =>
        Check.One(
            Seeded.Config(2000),
            Prop.ForAll(WireBytes.Envelopes(), bytes => ReadsAs(bytes, ProtoMessage.Parser.ParseFrom(bytes)))
        );

    [Fact]
    public void Damaged_envelopes_are_refused_exactly_when_the_generated_code_refuses_them() =>
        Check.One(
            Seeded.Config(5000),
            Prop.ForAll(
                WireBytes.Damaged(WireBytes.Envelope),
                bytes =>
                {
                    ProtoMessage expected;
                    try
                    {
                        expected = ProtoMessage.Parser.ParseFrom(bytes);
                    }
                    catch (InvalidProtocolBufferException)
                    {
                        return !Envelope.TryParse(bytes, out _);
                    }

                    return expected.HasPayloadType ? ReadsAs(bytes, expected) : !Envelope.TryParse(bytes, out _);
                }
            )
        );

    [Fact]
    public void What_is_written_reads_back_and_is_what_the_generated_code_writes() =>
        Check.One(
            Seeded.Config(1000),
            Prop.ForAll(
                Seeded.From(random => (Spot: WireBytes.SpotEvent(random), Id: Id(random))).ToArbitrary(),
                sent =>
                {
                    var output = new ArrayBufferWriter<byte>();
                    FrameWriter.Write(output, 2131, sent.Spot, sent.Id);
                    var expected = new ProtoMessage { PayloadType = 2131, Payload = sent.Spot.ToByteString() };
                    if (sent.Id is not null)
                    {
                        expected.ClientMsgId = sent.Id;
                    }

                    var body = output.WrittenSpan[FrameReader.PrefixLength..];
                    return body.SequenceEqual(expected.ToByteArray());
                }
            )
        );

    [Fact]
    public void The_worked_example_of_the_reference_comes_out_byte_for_byte()
    {
        var output = new ArrayBufferWriter<byte>();

        FrameWriter.Write(output, 2100, new ProtoOAApplicationAuthReq { ClientId = "id", ClientSecret = "s" }, "m1");

        Convert
            .ToHexString(output.WrittenSpan)
            .Should()
            .Be("00000010" + "08B410" + "120712026964" + "1A0173" + "1A026D31");
    }

    [Fact]
    public void An_empty_message_is_written_with_its_payload_field()
    {
        var output = new ArrayBufferWriter<byte>();

        FrameWriter.Write(output, 51, new ProtoHeartbeatEvent(), clientMsgId: null);

        Convert.ToHexString(output.WrittenSpan).Should().Be("0000000408331200");
    }

    private static bool ReadsAs(byte[] bytes, ProtoMessage expected) =>
        Envelope.TryParse(bytes, out var envelope)
        && envelope.PayloadType == expected.PayloadType
        && envelope.Payload.SequenceEqual(expected.Payload.Span)
        && string.Equals(envelope.ClientMsgIdText, expected.ClientMsgId, StringComparison.Ordinal);

    private static string? Id(Random random) => random.Next(3) == 0 ? null : $"{random.Next():x}-{random.Next(100)}";
}
