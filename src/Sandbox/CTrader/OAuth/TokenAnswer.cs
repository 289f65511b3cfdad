using System.Text.Json.Serialization;

namespace Trading.Sandbox.CTrader.OAuth;

/// <summary>Answer of the token endpoint; the names are those of the cTrader Open API, failures come with status 200 too.</summary>
internal sealed record TokenAnswer(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? AccessToken,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? TokenType,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? ExpiresIn,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? RefreshToken,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? ErrorCode,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Description
)
{
    public static TokenAnswer Of(Grant grant) =>
        new(
            grant.AccessToken,
            "bearer",
            TokenStore.LifetimeSeconds,
            grant.RefreshToken,
            ErrorCode: null,
            Description: null
        );

    public static TokenAnswer Refused(string code, string description) =>
        new(null, null, null, null, code, description);
}
