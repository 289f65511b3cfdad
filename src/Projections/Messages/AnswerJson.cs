using System.Text.Json.Serialization;

namespace Trading.Projections.Messages;

/// <summary>The form of answers about accounts, the same over REST, sockets and the command line. Decimals are written digit
/// for digit, and what is not known stands there as null.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AccountAnswer))]
[JsonSerializable(typeof(PositionsAnswer))]
[JsonSerializable(typeof(SnapshotMessage))]
public sealed partial class AnswerJson : JsonSerializerContext;
