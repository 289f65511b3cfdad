using Trading.Domain;
using Trading.Domain.Ports;

namespace Trading.Simulation.Broker;

/// <summary>The tokens a broker has given out. A refresh token works once, and ends the pair it came with.</summary>
internal sealed class TokenBook(Func<DateTimeOffset> now, TimeSpan life)
{
    private readonly Dictionary<string, Pair> _byAccess = [];
    private readonly Dictionary<string, Pair> _byRefresh = [];
    private int _given;

    /// <summary>A new pair for a user.</summary>
    public BrokerCredentials Give(UserKey user)
    {
        var number = ++_given;
        var pair = new Pair(user, $"access-token-{number}", $"refresh-token-{number}", now() + life);
        _byAccess.Add(pair.Access, pair);
        _byRefresh.Add(pair.Refresh, pair);
        return new(pair.Access, pair.Refresh, pair.ExpiresAt);
    }

    /// <summary>Where an access token stands.</summary>
    public TokenStanding StandingOf(string access) =>
        !_byAccess.TryGetValue(access, out var pair) || pair.Ended ? TokenStanding.Ended
        : pair.ExpiresAt <= now() ? TokenStanding.Expired
        : TokenStanding.Good;

    /// <summary>Swaps a pair for a new one; null when the token was used before or the consent is gone.</summary>
    public BrokerCredentials? Refresh(string refresh)
    {
        if (!_byRefresh.TryGetValue(refresh, out var pair) || pair.Ended || pair.ConsentGone)
        {
            return null;
        }

        pair.Ended = true;
        return Give(pair.User);
    }

    /// <summary>Whether this refresh token would still be taken.</summary>
    public bool CanRefresh(string refresh) =>
        _byRefresh.TryGetValue(refresh, out var pair) && !pair.Ended && !pair.ConsentGone;

    /// <summary>Ends the life of a user's access tokens, not of the consent.</summary>
    public void Expire(UserKey user)
    {
        foreach (var pair in _byAccess.Values.Where(pair => pair.User == user))
        {
            pair.ExpiresAt = now();
        }
    }

    /// <summary>The user's consent is gone.</summary>
    public void Withdraw(UserKey user)
    {
        foreach (var pair in _byAccess.Values.Where(pair => pair.User == user))
        {
            pair.Ended = true;
            pair.ConsentGone = true;
        }
    }

    private sealed class Pair(UserKey user, string access, string refresh, DateTimeOffset expiresAt)
    {
        public UserKey User => user;
        public string Access => access;
        public string Refresh => refresh;
        public DateTimeOffset ExpiresAt { get; set; } = expiresAt;
        public bool Ended { get; set; }
        public bool ConsentGone { get; set; }
    }
}

/// <summary>Whether a token opens an account.</summary>
internal enum TokenStanding
{
    Good,
    Expired,
    Ended,
}
