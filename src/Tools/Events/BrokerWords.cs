using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Domain.Events;
using Trading.Protocol.CTrader;

namespace Trading.Tools.Events;

/// <summary>Puts the broker's own messages into words, by the broker's contracts.</summary>
internal static class BrokerWords
{
    private static readonly FrozenDictionary<string, MessageDescriptor> Known = new[]
    {
        Trading.Protocol.CTrader.CommonReflection.Descriptor,
        ModelReflection.Descriptor,
        MessagesReflection.Descriptor,
    }
        .SelectMany(file => file.MessageTypes)
        .ToFrozenDictionary(message => message.Name, StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<MessageDescriptor, FieldDescriptor?> Sources = new();

    /// <summary>Writes the property <c>broker</c> of an event that a broker's message caused; nothing for another.</summary>
    public static void Write(Utf8JsonWriter writer, IMessage payload)
    {
        if (SourceOf(payload) is not { } source)
        {
            return;
        }

        writer.WriteStartObject("broker"u8);
        writer.WriteString("type"u8, source.Type);
        if (!Known.TryGetValue(source.Type, out var type))
        {
            writer.WriteString("undecodable"u8, "This version knows no such message.");
        }
        else
        {
            WriteMessage(writer, type, source.Body);
        }

        writer.WriteEndObject();
    }

    /// <summary>The broker's message that caused an event; null when none did.</summary>
    public static BrokerMessage? SourceOf(IMessage payload) =>
        Sources.GetOrAdd(payload.Descriptor, FieldOf)?.Accessor.GetValue(payload) as BrokerMessage;

    private static void WriteMessage(Utf8JsonWriter writer, MessageDescriptor type, ByteString body)
    {
        string words;
        try
        {
            words = JsonFormatter.Default.Format(type.Parser.ParseFrom(body));
        }
        catch (InvalidProtocolBufferException invalid)
        {
            writer.WriteString("undecodable"u8, invalid.Message);
            return;
        }

        writer.WritePropertyName("message"u8);
        writer.WriteRawValue(words);
    }

    private static FieldDescriptor? FieldOf(MessageDescriptor descriptor) =>
        descriptor
            .Fields.InDeclarationOrder()
            .FirstOrDefault(field =>
                field is { FieldType: FieldType.Message, IsRepeated: false }
                && field.MessageType == BrokerMessage.Descriptor
            );
}
