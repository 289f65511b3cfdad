using Trading.Api.Bridge;
using Trading.Domain;

namespace Trading.Api.Audit;

/// <summary>Reads whom a question is about.</summary>
internal static class UserArgument
{
    private const int LongestName = 320;
    private const int KeyDigits = 64;

    /// <summary>What is wrong with it, or null.</summary>
    public static ErrorResult? Check(string text) =>
        string.IsNullOrWhiteSpace(text) || text.Length > LongestName
            ? ApiError.Invalid("user", "user must be a user's key, id or e-mail address.")
            : null;

    /// <summary>The user that a key, an id or an e-mail address names. Nobody by that name gives a key that nothing bears.
    /// </summary>
    public static async Task<UserKey> FindAsync(string text, UserNames names, CancellationToken cancellation) =>
        text.Length == KeyDigits && text.All(char.IsAsciiHexDigitLower)
            ? UserKey.Parse(text)
            : await names.FindAsync(text, cancellation) ?? UserKey.Of(text);
}
