using Trading.Api.Access;
using Trading.Domain;

namespace Trading.Api.Bridge;

/// <summary>Whose session a call to the bridge is about: anybody's for an operator, the caller's own for a user.</summary>
internal static class BridgeUser
{
    /// <summary>The user that the text names for the caller; null when nobody by that name was ever seen, which only an
    /// operator is told. Otherwise what to answer.</summary>
    public static async Task<(UserKey? User, ErrorResult? Refusal)> FindAsync(
        string? userId,
        Identity who,
        UserNames names,
        CancellationToken cancellation
    )
    {
        if (UserNames.Check(userId) is { } wrong)
        {
            return (null, wrong);
        }

        if (who.User is not { } person || who.Has(Roles.Operator))
        {
            return (await names.FindAsync(userId!, cancellation), null);
        }

        return await names.IsOneAsync(person, userId!, cancellation)
            ? (person.Key, null)
            : (null, ApiError.NotYours("userId"));
    }
}
