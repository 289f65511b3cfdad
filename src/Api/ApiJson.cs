using System.Text.Json.Serialization;
using Trading.Api.Audit;
using Trading.Api.Bridge;
using Trading.Api.CTrader;
using Trading.Api.Market;
using Trading.Api.Observability;
using Trading.Api.Projections;
using Trading.EventStore.Verification;
using Trading.Projections.Messages;

namespace Trading.Api;

/// <summary>The form of answers and requests. Decimals are written digit for digit.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true
)]
[JsonSerializable(typeof(ApiError))]
[JsonSerializable(typeof(BehindAnswer))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(DealAnswer))]
[JsonSerializable(typeof(EventProof))]
[JsonSerializable(typeof(AccountAnswer))]
[JsonSerializable(typeof(PositionsAnswer))]
[JsonSerializable(typeof(CandleAnswer[]))]
[JsonSerializable(typeof(SymbolsAnswer))]
[JsonSerializable(typeof(PricesAnswer))]
[JsonSerializable(typeof(UserRequest))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(NamedHealthAnswer))]
[JsonSerializable(typeof(SessionsAnswer))]
[JsonSerializable(typeof(StartAnswer))]
[JsonSerializable(typeof(StopAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(SettingsAnswer))]
[JsonSerializable(typeof(SettingsRequest))]
[JsonSerializable(typeof(OAuthStartAnswer))]
[JsonSerializable(typeof(LiveAnswer))]
[JsonSerializable(typeof(ReadinessAnswer))]
[JsonSerializable(typeof(ReadyAnswer))]
[JsonSerializable(typeof(ProjectionsAnswer))]
[JsonSerializable(typeof(RebuildStatusAnswer))]
[JsonSerializable(typeof(RebuildWish))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool?))]
internal sealed partial class ApiJson : JsonSerializerContext;
