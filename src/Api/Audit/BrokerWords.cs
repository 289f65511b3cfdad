using System.Collections.Frozen;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Domain.Events;
using Trading.Protocol.CTrader;

namespace Trading.Api.Audit;

/// <summary>One message of the broker, byte for byte and in readable form.</summary>
/// <param name="Type">The wire message's name, for example ProtoOAExecutionEvent.</param>
/// <param name="Body">Its bytes in base64.</param>
/// <param name="Readable">Its fields as JSON; null when the contract has no such message or the bytes are not of it.</param>
internal sealed record BrokerWords(string Type, ReadOnlyMemory<byte> Body, JsonElement? Readable)
{
    private static readonly FrozenDictionary<string, MessageDescriptor> Contracts = new[]
    {
        MessagesReflection.Descriptor,
        ModelReflection.Descriptor,
    }
        .SelectMany(file => file.MessageTypes)
        .ToFrozenDictionary(message => message.Name, StringComparer.Ordinal);

    /// <summary>The message behind an event; null when none caused it.</summary>
    public static BrokerMessage? SourceOf(IMessage payload) =>
        payload.Descriptor.FindFieldByName("source") is { FieldType: FieldType.Message } field
            ? field.Accessor.GetValue(payload) as BrokerMessage
            : null;

    /// <summary>The answer for a message.</summary>
    public static BrokerWords Of(BrokerMessage message) => new(message.Type, message.Body.Memory, Read(message));

    private static JsonElement? Read(BrokerMessage message)
    {
        if (!Contracts.TryGetValue(message.Type, out var contract))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(
                JsonFormatter.Default.Format(contract.Parser.ParseFrom(message.Body))
            );
            return document.RootElement.Clone();
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
