using Google.Protobuf;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>The payload type of a message: the default of its field 1. Names do not lead there, some follow no rule.</summary>
internal static class PayloadOf<TMessage>
    where TMessage : IMessage<TMessage>, new()
{
    public static readonly uint Number = Read();
    public static readonly MessageParser<TMessage> Parser = new(static () => new TMessage());

    private static uint Read()
    {
        var message = new TMessage();
        return Convert.ToUInt32(message.Descriptor.FindFieldByNumber(1).Accessor.GetValue(message));
    }
}
