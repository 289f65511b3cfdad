using Trading.Domain;

namespace Trading.Api.Access;

/// <summary>Who a verified token says is asking.</summary>
/// <param name="Key">The hashed id: names the user everywhere inside.</param>
/// <param name="Id">The token's <c>sub</c>, a UUID.</param>
/// <param name="Email">The token's e-mail; null when it has none.</param>
/// <param name="ExpiresAt">The token ends here; a WebSocket that it opened ends with it.</param>
public sealed record User(UserKey Key, string Id, string? Email, DateTimeOffset ExpiresAt)
{
    /// <summary>What the token lets its user do beyond their own affairs.</summary>
    public Roles Roles { get; init; }

    /// <summary>Gives an endpoint the user that the gate admitted.</summary>
    public static ValueTask<User?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<User>());

    /// <summary>Shows the hashed id only.</summary>
    public override string ToString() => Key.Value;
}

/// <summary>What became of checking a token.</summary>
public abstract record TokenCheck
{
    private TokenCheck() { }

    /// <summary>The token is genuine and valid now.</summary>
    public sealed record Valid(User User) : TokenCheck;

    /// <summary>It is not; <paramref name="Reason"/> never quotes the token.</summary>
    public sealed record Invalid(string Reason) : TokenCheck;

    /// <summary>It cannot be told: the issuer's keys were never read.</summary>
    public sealed record Undecided(string Reason) : TokenCheck;
}
