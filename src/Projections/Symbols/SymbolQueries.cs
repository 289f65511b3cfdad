using Trading.Domain;
using Trading.Projections.Reading;

namespace Trading.Projections.Symbols;

/// <summary>Asks for what can be traded.</summary>
public sealed class SymbolQueries(ReadModelSources sources)
{
    private static readonly string ByAccount =
        $"select {SymbolTable.Table.SelectList} from read.symbols where user_key = $1 and account_id = $2";

    /// <summary>The symbols that the broker offers to an account of the user, or null when it has not said so yet.</summary>
    public Task<SymbolListView?> FindAsync(UserKey user, AccountId account, CancellationToken cancellation) =>
        sources.Api.FindAsync(
            user,
            ByAccount,
            SymbolTable.Table.Read,
            cancellation,
            UserReads.Value(user.Value),
            UserReads.Value(account.Value)
        );
}
