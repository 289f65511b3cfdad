using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Domain;
using Trading.Domain.Logs;

namespace Trading.Tools.Events;

/// <summary>Which events are wanted. What is null does not restrict.</summary>
internal sealed record EventFilter
{
    private static readonly ConcurrentDictionary<MessageDescriptor, Func<IMessage, string?>> SymbolReaders = new();

    /// <summary>Exactly this stream.</summary>
    public StreamName? Stream { get; init; }

    /// <summary>One of these stored names; empty for any.</summary>
    public IReadOnlySet<string> Types { get; init; } = new HashSet<string>();

    /// <summary>About this user.</summary>
    public UserKey? User { get; init; }

    /// <summary>About this symbol.</summary>
    public SymbolName? Symbol { get; init; }

    /// <summary>The first offset wanted.</summary>
    public Offset From { get; init; } = new(1);

    /// <summary>The last offset wanted.</summary>
    public Offset To { get; init; } = new(long.MaxValue);

    /// <summary>Nothing that was recorded later.</summary>
    public DateTimeOffset Until { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>Most events to print.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>Whether an event passes all but the symbol, which only its decoded content tells.</summary>
    public bool PassesEnvelope(RecordedEvent recorded) =>
        recorded.Offset >= From
        && (Stream is not { } stream || recorded.Stream == stream)
        && (Types.Count == 0 || Types.Contains(recorded.Type))
        && (User is not { } user || recorded.User == user);

    /// <summary>Whether the event is about the wanted symbol.</summary>
    public bool PassesSymbol(IMessage payload) =>
        Symbol is not { } symbol || SymbolReaders.GetOrAdd(payload.Descriptor, SymbolReader)(payload) == symbol.Value;

    // An event names its symbol itself, or a part of it (its order, its position) does.
    private static Func<IMessage, string?> SymbolReader(MessageDescriptor descriptor)
    {
        if (descriptor.FindFieldByName("symbol") is { FieldType: FieldType.String } own)
        {
            return message => (string)own.Accessor.GetValue(message);
        }

        var part = descriptor
            .Fields.InDeclarationOrder()
            .FirstOrDefault(field =>
                field is { FieldType: FieldType.Message, IsRepeated: false }
                && field.MessageType.FindFieldByName("symbol") is not null
            );
        return part is null
            ? static _ => null
            : message =>
                part.Accessor.GetValue(message) is IMessage inner
                    ? (string)part.MessageType.FindFieldByName("symbol").Accessor.GetValue(inner)
                    : null;
    }
}
