using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Domain;
using Trading.Projections.Accounts;
using Trading.Projections.Sessions;
using Trading.Projections.Symbols;

namespace Trading.Projections.Reading;

/// <summary>The form of the documents inside rows. Numbers are written as they are, digit for digit.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    Converters = [typeof(SymbolNameJson), typeof(PositionIdJson), typeof(AccountIdJson)]
)]
[JsonSerializable(typeof(IReadOnlyList<HeldPosition>))]
[JsonSerializable(typeof(IReadOnlyList<GrantedAccountView>))]
[JsonSerializable(typeof(IReadOnlyList<SymbolView>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class ReadJson : JsonSerializerContext;

/// <summary>A symbol as its name.</summary>
internal sealed class SymbolNameJson : JsonConverter<SymbolName>
{
    public override SymbolName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, SymbolName value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}

/// <summary>A position as its id.</summary>
internal sealed class PositionIdJson : JsonConverter<PositionId>
{
    public override PositionId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, PositionId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}

/// <summary>An account as its id.</summary>
internal sealed class AccountIdJson : JsonConverter<AccountId>
{
    public override AccountId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, AccountId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
