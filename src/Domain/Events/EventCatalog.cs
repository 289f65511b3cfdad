using System.Collections.Frozen;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Trading.Domain.Events;

/// <summary>Every event that can happen in this system, by stored name. An event is a top-level message of
/// <c>proto/events</c> that is not a part of another one.</summary>
public static class EventCatalog
{
    /// <summary>The contract files, in reading order.</summary>
    public static IReadOnlyList<FileDescriptor> Files { get; } =
    [
        SessionReflection.Descriptor,
        AccountReflection.Descriptor,
        PositionReflection.Descriptor,
        OrderReflection.Descriptor,
        MarketReflection.Descriptor,
        AuditReflection.Descriptor,
        FeedReflection.Descriptor,
        OperationsReflection.Descriptor,
    ];

    /// <summary>The descriptor of every event by stored name.</summary>
    public static FrozenDictionary<string, MessageDescriptor> ByName { get; } = Discover();

    /// <summary>Reads an event's bytes. Fields this version does not know survive and are written back.</summary>
    /// <exception cref="UnknownEventException">No such event, or bytes that are not of that type.</exception>
    public static IMessage Decode(string storedName, ReadOnlyMemory<byte> payload) =>
        Parse(storedName, payload.Span, DescriptorOf(storedName));

    /// <summary>Reads what of an event's bytes states and read models are folded from: all but the broker's own words.</summary>
    /// <exception cref="UnknownEventException">No such event, or bytes that are not of that type.</exception>
    public static IMessage DecodeForFold(string storedName, ReadOnlyMemory<byte> payload)
    {
        var descriptor = DescriptorOf(storedName);
        var length = FoldedPart.LengthOf(payload.Span, PersonalFields.MatterToFolds(descriptor));
        return Parse(storedName, payload.Span[..length], descriptor);
    }

    /// <summary>The stored name of an event.</summary>
    /// <exception cref="UnknownEventException">The message is none: it could be written but never be read.</exception>
    public static string NameOf(IMessage payload) =>
        ByName.ContainsKey(payload.Descriptor.FullName)
            ? payload.Descriptor.FullName
            : throw new UnknownEventException(payload.Descriptor.FullName, "no such event in this version's catalog");

    private static MessageDescriptor DescriptorOf(string storedName) =>
        ByName.TryGetValue(storedName, out var descriptor)
            ? descriptor
            : throw new UnknownEventException(storedName, "no such event in this version's catalog");

    private static IMessage Parse(string storedName, ReadOnlySpan<byte> payload, MessageDescriptor descriptor)
    {
        try
        {
            return descriptor.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException invalid)
        {
            throw new UnknownEventException(storedName, invalid.Message);
        }
    }

    private static FrozenDictionary<string, MessageDescriptor> Discover()
    {
        var all = Files.SelectMany(file => file.MessageTypes).ToArray();
        var parts = all.SelectMany(message => message.Fields.InDeclarationOrder())
            .Where(field => field.FieldType == FieldType.Message)
            .Select(field => field.MessageType.FullName)
            .ToHashSet();
        return all.Where(message => !parts.Contains(message.FullName))
            .ToFrozenDictionary(message => message.FullName, StringComparer.Ordinal);
    }
}

/// <summary>Stored bytes that this version cannot read: a bug or a newer writer. Whoever reads stops here rather than
/// skip.</summary>
public sealed class UnknownEventException(string storedName, string reason)
    : Exception($"Cannot decode an event of type '{storedName}': {reason}.")
{
    /// <summary>The type as stored.</summary>
    public string StoredName { get; } = storedName;
}
