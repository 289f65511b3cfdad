using System.Text.Json.Serialization;

namespace Trading.Projections.Messages;

/// <summary>The form of WebSocket messages.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ClientMessage))]
[JsonSerializable(typeof(StatusMessage))]
[JsonSerializable(typeof(PongMessage))]
[JsonSerializable(typeof(SubscriptionsMessage))]
[JsonSerializable(typeof(ErrorMessage))]
public sealed partial class MessageJson : JsonSerializerContext;
