using System.Text.Json.Serialization;

namespace Trading.Api.Live;

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
internal sealed partial class LiveJson : JsonSerializerContext;
