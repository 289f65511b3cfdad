using Trading.Api.Access;
using Trading.Api.Bridge;
using Trading.Domain;

namespace Trading.Api.Audit;

/// <summary>Reads whom a question is about: anybody for a reader of the record, oneself for everybody else.</summary>
internal static class UserArgument
{
    private const int LongestName = 320;
    private const int KeyDigits = 64;

    /// <summary>400: the text can name nobody.</summary>
    public static ErrorResult Wrong { get; } =
        ApiError.Invalid("user", "user must be a user's key, id or e-mail address.");

    /// <summary>The user that a key, an id or an e-mail address names; nobody by that name gives a key that nothing bears.
    /// Null without a text. Otherwise what to answer: 403 when a user asks about another, whether there is one or not.
    /// </summary>
    public static async ValueTask<(UserKey? User, ErrorResult? Refusal)> FindAsync(
        string? text,
        Identity who,
        UserNames names,
        CancellationToken cancellation
    )
    {
        if (text is null)
        {
            return (null, null);
        }

        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestName)
        {
            return (null, Wrong);
        }

        UserKey? key = text.Length == KeyDigits && text.All(char.IsAsciiHexDigitLower) ? UserKey.Parse(text) : null;
        if (who.Has(AuditTrail.Readers))
        {
            return (key ?? await names.FindAsync(text, cancellation) ?? UserKey.Of(text), null);
        }

        return who.User is { } person && (key == person.Key || await names.IsOneAsync(person, text, cancellation))
            ? (person.Key, null)
            : (null, ApiError.NotYours("user"));
    }
}
