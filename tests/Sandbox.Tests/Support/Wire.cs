using System.Buffers.Binary;
using Google.Protobuf;
using Trading.Protocol.CTrader;

namespace Trading.Sandbox.Tests.Support;

/// <summary>Frames and payload types as a client sees them.</summary>
internal static class Wire
{
    public static uint TypeOf(IMessage message) =>
        Convert.ToUInt32(message.Descriptor.FindFieldByNumber(1).Accessor.GetValue(message));

    public static byte[] Frame(IMessage envelope)
    {
        var frame = new byte[4 + envelope.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        envelope.WriteTo(frame.AsSpan(4));
        return frame;
    }

    /// <summary>Reads a payload, insisting on what other stacks insist on: every required field is there.</summary>
    public static T Decode<T>(ProtoMessage frame)
        where T : IMessage<T>, new()
    {
        var message = new T();
        frame.PayloadType.Should().Be(TypeOf(message), Describe(frame));
        frame.HasPayload.Should().BeTrue("the payload field is always written");
        message.MergeFrom(frame.Payload);
        message.IsInitialized().Should().BeTrue("every required field is filled");
        return message;
    }

    private static string Describe(ProtoMessage frame) =>
        frame.PayloadType switch
        {
            2142 => ProtoOAErrorRes.Parser.ParseFrom(frame.Payload).ToString(),
            50 => ProtoErrorRes.Parser.ParseFrom(frame.Payload).ToString(),
            2132 => ProtoOAOrderErrorEvent.Parser.ParseFrom(frame.Payload).ToString(),
            _ => "",
        };
}
