using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Domain.Events;

namespace Trading.Domain.Tests.Events;

/// <summary>Makes messages of any contract type: full ones for samples, arbitrary ones for properties.</summary>
internal static class SampleMessage
{
    /// <summary>Every field is set, each to a value that its number tells.</summary>
    public static IMessage Full(MessageDescriptor descriptor) =>
        Build(descriptor, _ => true, _ => 2, (field, index) => Telling(field, index));

    /// <summary>Fields are set or left out, and hold anything the contract allows.</summary>
    public static IMessage Arbitrary(MessageDescriptor descriptor, Random random) =>
        Build(descriptor, _ => random.Next(4) > 0, _ => random.Next(4), (field, _) => Anything(field, random));

    private static IMessage Build(
        MessageDescriptor descriptor,
        Func<FieldDescriptor, bool> present,
        Func<FieldDescriptor, int> count,
        Func<FieldDescriptor, int, object> value
    )
    {
        var message = descriptor.Parser.ParseFrom([]);
        foreach (var field in descriptor.Fields.InDeclarationOrder().Where(present))
        {
            if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                for (var index = 0; index < count(field); index++)
                {
                    list.Add(value(field, index));
                }
            }
            else
            {
                field.Accessor.SetValue(message, value(field, 0));
            }
        }

        return message;
    }

    private static object Telling(FieldDescriptor field, int index)
    {
        var number = field.FieldNumber + (index * 1_000);
        return field.FieldType switch
        {
            FieldType.String => $"{field.Name} {number}",
            FieldType.Bool => true,
            FieldType.Bytes => ByteString.CopyFrom(0x00, (byte)number, 0xFF),
            FieldType.Enum => field.EnumType.Values[^1].Number,
            FieldType.Int32 => -number,
            FieldType.UInt32 when field.ContainingType == DecimalValue.Descriptor => 5u,
            FieldType.UInt32 => (uint)number,
            FieldType.SInt64 => -123_456_700L - number,
            FieldType.Int64 => 1_700_000_000_000L + number,
            FieldType.Message => Full(field.MessageType),
            _ => throw new NotSupportedException($"{field.FullName}: {field.FieldType}"),
        };
    }

    private static object Anything(FieldDescriptor field, Random random) =>
        field.FieldType switch
        {
            FieldType.String => AnyText(random),
            FieldType.Bool => random.Next(2) == 0,
            FieldType.Bytes => ByteString.CopyFrom(AnyBytes(random)),
            // Also numbers that only a later version knows.
            FieldType.Enum => random.Next(field.EnumType.Values.Count + 2),
            FieldType.Int32 => random.Next(int.MinValue, int.MaxValue),
            FieldType.UInt32 when field.ContainingType == DecimalValue.Descriptor => (uint)random.Next(19),
            FieldType.UInt32 => (uint)random.NextInt64(uint.MaxValue),
            FieldType.SInt64 or FieldType.Int64 => AnyLong(random),
            FieldType.Message => Arbitrary(field.MessageType, random),
            _ => throw new NotSupportedException($"{field.FullName}: {field.FieldType}"),
        };

    private static long AnyLong(Random random) =>
        random.Next(8) switch
        {
            0 => long.MinValue,
            1 => long.MaxValue,
            2 => 0,
            _ => random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64),
        };

    private static byte[] AnyBytes(Random random)
    {
        var bytes = new byte[random.Next(40)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string AnyText(Random random)
    {
        const string Letters = "aZ09 \"\\/<>&'\n\t\u0000é漢😀";
        var runes = Letters.EnumerateRunes().ToArray();
        return string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => runes[random.Next(runes.Length)]));
    }
}
