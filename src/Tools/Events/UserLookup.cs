using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore;

namespace Trading.Tools.Events;

/// <summary>Finds whom a person means by what is typed. The journal names users by keys alone.</summary>
internal static class UserLookup
{
    private const int KeyDigits = 64;

    /// <summary>The user with this key, id or e-mail address, of whom the journal knows something.</summary>
    /// <exception cref="ToolException">Nobody is known by it.</exception>
    public static async Task<UserKey> KnownAsync(PostgresLogs logs, string text, CancellationToken cancellation)
    {
        var key = await FindAsync(logs.Journal, text, cancellation);
        return await IsKnownAsync(logs, key, cancellation)
            ? key
            : throw new ToolException($"Nobody is known here as {text}: there is no such user, and no such account.");
    }

    /// <summary>The user with this key, id or e-mail address, known or not. An address is looked for in the journal, whose
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

    /// <summary>Whether a stream is the user's own.</summary>
    public static async Task<bool> IsKnownAsync(PostgresLogs logs, UserKey user, CancellationToken cancellation)
    {
        await using var command = logs.Reader.CreateCommand(
            "SELECT EXISTS (SELECT FROM eventstore.journal_stream WHERE right(name, 64) = $1)"
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = user.Value });
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    /// <summary>The one user who has, or had, an account with this id at a broker.</summary>
    /// <exception cref="ToolException">Nobody has, or several have; those are named.</exception>
    public static async Task<UserKey> OfAccountAsync(IEventLog journal, string account, CancellationToken cancellation)
    {
        var users = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var batch in journal.ReadAsync(Offset.Start, cancellation))
        {
            foreach (var recorded in batch.Where(recorded => recorded.User is not null && NamesAccounts(recorded.Type)))
            {
                if (AccountsOf(recorded).Contains(account, StringComparer.Ordinal))
                {
                    users.Add(recorded.User!.Value.Value);
                }
            }
        }

        return users.Count switch
        {
            1 => UserKey.Parse(users.Min!),
            0 => throw new ToolException($"Nobody has an account {account} here: there is no such account."),
            _ => throw new ToolException(
                $"{users.Count} users have an account {account}: say whose with --user, one of {string.Join(", ", users)}."
            ),
        };
    }

    private static bool NamesAccounts(string type) =>
        type == AccountSelected.Descriptor.FullName
        || type == AccountDescribed.Descriptor.FullName
        || type == CredentialsGranted.Descriptor.FullName;

    private static IEnumerable<string> AccountsOf(RecordedEvent recorded) =>
        recorded.Decode() switch
        {
            AccountSelected selected => [selected.AccountId],
            AccountDescribed described => [described.AccountId],
            CredentialsGranted granted => granted.Accounts.Select(one => one.AccountId),
            _ => [],
        };

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
