using Trading.Domain;
using Trading.Projections.Reading;

namespace Trading.Projections.Accounts;

/// <summary>Asks for accounts.</summary>
public sealed class AccountQueries(ReadModelSources sources)
{
    // What new positions will need is of no use to a reader.
    private static readonly string Columns = AccountTable.Table.SelectList.Replace("markets", "null::bytea");

    private static readonly string Current =
        $"select {Columns} from read.accounts where user_key = $1 order by selected_offset desc limit 1";

    private static readonly string ById =
        $"select {Columns} from read.accounts where user_key = $1 and account_id = $2";

    private readonly SharedReads<AccountView> _current = new(sources.Api, Current, AccountTable.Table.Read);

    /// <summary>The user's current account, the one chosen last, or null when none was ever chosen. One indexed read, which
    /// shares its round trip with those of other users.</summary>
    public Task<AccountView?> FindAsync(UserKey user, CancellationToken cancellation) =>
        _current.FindAsync(user, cancellation);

    /// <summary>One account of the user, or null.</summary>
    public Task<AccountView?> FindAsync(UserKey user, AccountId account, CancellationToken cancellation) =>
        sources.Api.FindAsync(
            user,
            ById,
            AccountTable.Table.Read,
            cancellation,
            UserReads.Value(user.Value),
            UserReads.Value(account.Value)
        );
}
