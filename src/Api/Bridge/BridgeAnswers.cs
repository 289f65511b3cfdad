using System.Text.Json.Serialization;

namespace Trading.Api.Bridge;

/// <summary>Names the user of a bridge request.</summary>
/// <param name="UserId">A user's id or e-mail address.</param>
internal sealed record UserRequest(string? UserId);

/// <summary>How the service is.</summary>
internal record HealthAnswer(
    string Status,
    double Uptime,
    int ActiveSessions,
    [property: JsonConverter(typeof(UtcMilliseconds))] DateTimeOffset Timestamp
);

/// <summary>The same for a holder of the API key, with the users of the active sessions.</summary>
internal sealed record NamedHealthAnswer(
    string Status,
    double Uptime,
    int ActiveSessions,
    IReadOnlyList<string> Sessions,
    [property: JsonConverter(typeof(UtcMilliseconds))] DateTimeOffset Timestamp
);

/// <summary>All sessions, or a page of them.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Sessions">Those of this answer.</param>
/// <param name="More">There are more: ask again with <c>before</c> set to <paramref name="Next"/>.</param>
/// <param name="Next">Where the rest begins; null when there is none.</param>
internal sealed record SessionsAnswer(int Total, IReadOnlyList<SessionAnswer> Sessions, bool More, long? Next);

/// <summary>One session.</summary>
/// <param name="UserId">The user's e-mail address, else the id, else the hashed id.</param>
/// <param name="IsConnected">Live now.</param>
/// <param name="AccountId">The broker's account; null before one is chosen.</param>
/// <param name="LastUpdate">When anything of it last changed.</param>
/// <param name="Balance">Null until the broker has stated it.</param>
/// <param name="Positions">How many are open.</param>
internal sealed record SessionAnswer(
    string UserId,
    bool IsConnected,
    string? AccountId,
    [property: JsonConverter(typeof(UtcMilliseconds))] DateTimeOffset LastUpdate,
    decimal? Balance,
    int Positions
);

/// <summary>What became of a start.</summary>
internal sealed record StartAnswer(bool Success, string Message, string? AccountId, bool? IsDemo);

/// <summary>What became of a stop.</summary>
internal sealed record StopAnswer(bool Success, string Message, bool WasConnected);

/// <summary>How one user's session is.</summary>
/// <param name="Connected">Live now.</param>
/// <param name="AccountId">Null before an account is chosen.</param>
/// <param name="LastUpdate">Null when there is no session.</param>
/// <param name="Balance">Null until the broker has stated it.</param>
/// <param name="Equity">Null until every position has a price.</param>
/// <param name="Positions">How many are open.</param>
internal sealed record StatusAnswer(
    bool Connected,
    string? AccountId,
    [property: JsonConverter(typeof(UtcMilliseconds))] DateTimeOffset? LastUpdate,
    decimal? Balance,
    decimal? Equity,
    int Positions
);
