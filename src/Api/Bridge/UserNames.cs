using Trading.Api.Access;
using Trading.Domain;
using Trading.Domain.Ports;
using Trading.Projections.Sessions;
using Trading.Projections.Users;

namespace Trading.Api.Bridge;

/// <summary>Between the names that the bridge's callers use and the keys used inside.</summary>
internal sealed class UserNames(SessionQueries sessions, UserQueries users, ISecretSealer sealer)
{
    private const int MaxLength = 320;

    /// <summary>The user that an id or an e-mail address names; null when nobody by that name was ever seen.</summary>
    public async Task<UserKey?> FindAsync(string userId, CancellationToken cancellation)
    {
        var key = UserKey.Of(userId);
        return await sessions.FindAsync(key, cancellation) is not null
            ? key
            : (await users.FindAsync(key, cancellation))?.User;
    }

    /// <summary>True when the name is the person's own: the id or the e-mail address of the token, or one by which the person
    /// was seen before.</summary>
    public async Task<bool> IsOneAsync(User person, string name, CancellationToken cancellation)
    {
        var key = UserKey.Of(name);
        return key == person.Key
            || (person.Email is { } email && key == UserKey.Of(email))
            || await FindAsync(name, cancellation) == person.Key;
    }

    /// <summary>How a caller with the API key knows the user of a session: by e-mail address, else by id. When neither is
    /// known (or the user's key was destroyed) by the hashed id.</summary>
    public async Task<string> NameAsync(SessionSummary summary, CancellationToken cancellation)
    {
        var user = summary.Session.User;
        return await OpenAsync(user, summary.SealedEmail, cancellation)
            ?? await OpenAsync(user, summary.SealedUserId, cancellation)
            ?? user.Value;
    }

    /// <summary>What is wrong with a user id, or null.</summary>
    public static ErrorResult? Check(string? userId) =>
        string.IsNullOrWhiteSpace(userId) || userId.Length > MaxLength
            ? ApiError.Invalid(
                "userId",
                $"userId must be a user id or an e-mail address of at most {MaxLength} characters."
            )
            : null;

    private async Task<string?> OpenAsync(UserKey user, ReadOnlyMemory<byte>? text, CancellationToken cancellation) =>
        text is { Length: > 0 } sealedText ? await sealer.OpenAsync(user, sealedText, cancellation) : null;
}
