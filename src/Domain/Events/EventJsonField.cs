using System.Collections;
using System.Collections.Frozen;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Trading.Domain.Events;

/// <summary>How one field of a contract message is written as JSON; worked out once per field.</summary>
internal sealed class EventJsonField
{
    private const int MaxScale = 28;
    private readonly IFieldAccessor _accessor;
    private readonly Action<Utf8JsonWriter, object> _element;
    private readonly bool _repeated;

    internal EventJsonField(FieldDescriptor field)
    {
        Name = JsonEncodedText.Encode(field.JsonName);
        IsSource = field.FieldType == FieldType.Message && field.MessageType == BrokerMessage.Descriptor;
        IsSealed = field.FieldNumber == PersonalFields.SealedNumber && field.Name == "sealed";
        _accessor = field.Accessor;
        _repeated = field.IsRepeated;
        _element = ElementWriter(field);
    }

    internal JsonEncodedText Name { get; }

    /// <summary>Whether it holds the broker's own words.</summary>
    internal bool IsSource { get; }

    /// <summary>Whether it holds personal fields that were not opened.</summary>
    internal bool IsSealed { get; }

    internal bool IsEmptyIn(IMessage message) => _accessor.GetValue(message) is ByteString { IsEmpty: true };

    internal void WriteValue(Utf8JsonWriter writer, IMessage message)
    {
        var value = _accessor.GetValue(message);
        if (value is null)
        {
            writer.WriteNullValue();
            return;
        }

        if (!_repeated)
        {
            _element(writer, value);
            return;
        }

        writer.WriteStartArray();
        foreach (var element in (IEnumerable)value)
        {
            _element(writer, element);
        }

        writer.WriteEndArray();
    }

    private static Action<Utf8JsonWriter, object> ElementWriter(FieldDescriptor field) =>
        field.FieldType switch
        {
            FieldType.String => static (writer, value) => writer.WriteStringValue((string)value),
            FieldType.Bool => static (writer, value) => writer.WriteBooleanValue((bool)value),
            FieldType.Bytes when field.Name.StartsWith("sealed_", StringComparison.Ordinal) => WriteSealed,
            FieldType.Bytes => static (writer, value) => writer.WriteBase64StringValue(((ByteString)value).Span),
            FieldType.Enum => EnumWriter(field.EnumType),
            FieldType.Message when field.MessageType == DecimalValue.Descriptor => WriteExact,
            FieldType.Message => static (writer, value) => EventJson.Write(writer, (IMessage)value),
            FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => static (writer, value) =>
                writer.WriteNumberValue((int)value),
            FieldType.UInt32 or FieldType.Fixed32 => static (writer, value) => writer.WriteNumberValue((uint)value),
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => static (writer, value) =>
                writer.WriteNumberValue((long)value),
            FieldType.UInt64 or FieldType.Fixed64 => static (writer, value) => writer.WriteNumberValue((ulong)value),
            _ => throw new NotSupportedException($"{field.FullName}: no event may hold a {field.FieldType}."),
        };

    private static void WriteSealed(Utf8JsonWriter writer, object value)
    {
        writer.WriteStartObject();
        writer.WriteBase64String("sealed"u8, ((ByteString)value).Span);
        writer.WriteEndObject();
    }

    private static void WriteExact(Utf8JsonWriter writer, object value)
    {
        var number = (DecimalValue)value;
        if (number.Scale <= MaxScale)
        {
            writer.WriteNumberValue(number.ToDecimal());
            return;
        }

        // Against the contract, yet an auditor must be able to see it.
        writer.WriteStartObject();
        writer.WriteNumber("unscaled"u8, number.Unscaled);
        writer.WriteNumber("scale"u8, number.Scale);
        writer.WriteEndObject();
    }

    private static Action<Utf8JsonWriter, object> EnumWriter(EnumDescriptor type)
    {
        var prefix = JsonNamingPolicy.SnakeCaseUpper.ConvertName(type.Name) + "_";
        var names = type.Values.ToFrozenDictionary(
            value => value.Number,
            value =>
                JsonEncodedText.Encode(
                    value.Name.StartsWith(prefix, StringComparison.Ordinal)
                        ? value.Name[prefix.Length..].ToLowerInvariant()
                        : value.Name.ToLowerInvariant()
                )
        );
        return (writer, value) =>
        {
            var number = Convert.ToInt32(value);
            if (names.TryGetValue(number, out var name))
            {
                writer.WriteStringValue(name);
            }
            else
            {
                // A newer writer's value: its number is all we know.
                writer.WriteNumberValue(number);
            }
        };
    }
}
