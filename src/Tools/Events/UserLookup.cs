using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Tools.Events;

/// <summary>Finds whom a person means by what is typed. The journal names users by keys alone.</summary>
internal static class UserLookup
{
    private const int KeyDigits = 64;

    /// <summary>The user with this key, id or e-mail address. An address is looked for in the journal, whose
    /// <c>UserIdentified</c> events hold its hash.</summary>
    public static async Task<UserKey> FindAsync(IEventLog journal, string text, CancellationToken cancellation)
    {
        if (text.Length == KeyDigits && text.All(char.IsAsciiHexDigitLower))
        {
            return UserKey.Parse(text);
        }

        var key = UserKey.Of(text);
        return text.Contains('@', StringComparison.Ordinal)
            ? await FindByAddressAsync(journal, key, cancellation) ?? key
            : key;
    }

    private static async Task<UserKey?> FindByAddressAsync(
        IEventLog journal,
        UserKey address,
        CancellationToken cancellation
    )
    {
        await foreach (var batch in journal.ReadAsync(Offset.Start, cancellation))
        {
            foreach (var recorded in batch.Where(recorded => recorded.Type == UserIdentified.Descriptor.FullName))
            {
                if (recorded.Decode() is UserIdentified identified && identified.EmailKey == address.Value)
                {
                    return UserKey.Parse(identified.UserKey);
                }
            }
        }

        return null;
    }
}
