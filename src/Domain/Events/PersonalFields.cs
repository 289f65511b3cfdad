using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Trading.Domain.Events;

/// <summary>The fields that a contract marks as <c>personal</c>: the journal stores them apart, sealed with the user's own key,
/// in the event's field <c>sealed</c>. Whoever holds an event in memory sees them in their places; where the key was destroyed,
/// they are empty.</summary>
public static class PersonalFields
{
    /// <summary>The number of the field <c>sealed</c> in every event that has personal fields.</summary>
    public const int SealedNumber = 101;

    private static readonly ConcurrentDictionary<MessageDescriptor, Shape> Shapes = new();

    /// <summary>Whether a state or a read model is folded from a personal field of this event. The broker's own words are
    /// for auditors alone.</summary>
    public static bool MatterToFolds(MessageDescriptor type) => ShapeOf(type).MatterToFolds;

    /// <summary>Whether an event has anything to be sealed.</summary>
    public static bool AnyIn(IMessage payload)
    {
        var shape = ShapeOf(payload.Descriptor);
        return shape.Sealed is not null && shape.Parts.Any(part => part.IsSetIn(payload));
    }

    /// <summary>Whether personal fields of an event that was read are still sealed.</summary>
    public static bool IsSealed(IMessage stored) => !BoxOf(stored).IsEmpty;

    /// <summary>The event as it is stored: its personal fields sealed.</summary>
    /// <param name="payload">Stays as it is.</param>
    /// <param name="seal">Seals the bytes of an event that has the personal fields and nothing else.</param>
    public static IMessage Seal(IMessage payload, Func<byte[], byte[]> seal)
    {
        if (!AnyIn(payload))
        {
            return payload;
        }

        var shape = ShapeOf(payload.Descriptor);
        var (stored, personal) = (Copy(payload), payload.Descriptor.Parser.ParseFrom(ByteString.Empty));
        foreach (var part in shape.Parts)
        {
            part.Move(stored, personal);
        }

        shape.Sealed!.Accessor.SetValue(stored, ByteString.CopyFrom(seal(personal.ToByteArray())));
        return stored;
    }

    /// <summary>Puts the personal fields of a stored event back into their places; it is changed. When they cannot be opened,
    /// it stays as it is stored.</summary>
    /// <param name="stored">An event just read.</param>
    /// <param name="open">Opens what <see cref="Seal"/> sealed, or gives null.</param>
    public static IMessage Open(IMessage stored, Func<ReadOnlyMemory<byte>, byte[]?> open)
    {
        if (BoxOf(stored) is { IsEmpty: false } box && open(box.Memory) is { } personal)
        {
            ShapeOf(stored.Descriptor).Sealed!.Accessor.Clear(stored);
            stored.MergeFrom(personal);
        }

        return stored;
    }

    private static ByteString BoxOf(IMessage stored) =>
        ShapeOf(stored.Descriptor).Sealed is { } field ? (ByteString)field.Accessor.GetValue(stored) : ByteString.Empty;

    private static IMessage Copy(IMessage message) => message.Descriptor.Parser.ParseFrom(message.ToByteString());

    private static Shape ShapeOf(MessageDescriptor type) =>
        Shapes.GetOrAdd(
            type,
            static message =>
            {
                Part[] parts = [.. PartsOf(message, [])];
                var field = message.FindFieldByNumber(SealedNumber);
                return new(
                    field,
                    parts,
                    field is not null && parts.Any(part => part.Last.ContainingType != BrokerMessage.Descriptor)
                );
            }
        );

    // A repeated part is personal as a whole or not at all: parts of its elements could not be put back.
    private static IEnumerable<Part> PartsOf(MessageDescriptor message, FieldDescriptor[] path)
    {
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            if (field.GetOptions()?.GetExtension(CommonExtensions.Personal) == true)
            {
                yield return new([.. path, field]);
            }
            else if (field.FieldType == FieldType.Message && !field.IsRepeated)
            {
                foreach (var inner in PartsOf(field.MessageType, [.. path, field]))
                {
                    yield return inner;
                }
            }
        }
    }

    private sealed record Shape(FieldDescriptor? Sealed, Part[] Parts, bool MatterToFolds);

    // The way to one personal field.
    private sealed record Part(FieldDescriptor[] Path)
    {
        public FieldDescriptor Last => Path[^1];

        public bool IsSetIn(IMessage message) =>
            HolderIn(message) is { } holder && !IsEmpty(Last.Accessor.GetValue(holder));

        public void Move(IMessage from, IMessage to)
        {
            if (HolderIn(from) is not { } holder)
            {
                return;
            }

            foreach (var field in Path[..^1])
            {
                if (field.Accessor.GetValue(to) is null)
                {
                    field.Accessor.SetValue(to, field.MessageType.Parser.ParseFrom(ByteString.Empty));
                }

                to = (IMessage)field.Accessor.GetValue(to);
            }

            if (Last.IsRepeated)
            {
                var target = (System.Collections.IList)Last.Accessor.GetValue(to);
                foreach (var element in (System.Collections.IEnumerable)Last.Accessor.GetValue(holder))
                {
                    target.Add(element);
                }
            }
            else
            {
                Last.Accessor.SetValue(to, Last.Accessor.GetValue(holder));
            }

            Last.Accessor.Clear(holder);
        }

        private IMessage? HolderIn(IMessage message)
        {
            var holder = message;
            foreach (var field in Path[..^1])
            {
                if (field.Accessor.GetValue(holder) is not IMessage inner)
                {
                    return null;
                }

                holder = inner;
            }

            return holder;
        }

        private static bool IsEmpty(object? value) =>
            value switch
            {
                null => true,
                string text => text.Length == 0,
                ByteString bytes => bytes.IsEmpty,
                System.Collections.ICollection list => list.Count == 0,
                _ => false,
            };
    }
}
