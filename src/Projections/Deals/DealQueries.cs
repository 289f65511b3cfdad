using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Projections.Reading;

namespace Trading.Projections.Deals;

/// <summary>Asks for deals.</summary>
public sealed class DealQueries(ReadModelSources sources)
{
    private const string Newest = """
        select at_offset, updated_at, written_at from read.deals
        where user_key = current_setting('app.user_key') order by at_offset desc limit 1
        """;

    private static readonly string Page = $"""
        select {DealTable.Table.SelectList} from read.deals
        where user_key = $1 and account_id = $2 and at_offset < $3 order by at_offset desc limit $4
        """;

    /// <summary>The deals of an account, the one recorded last first.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="account">Of which account.</param>
    /// <param name="before">Only deals recorded before this offset, to page backwards; null for the newest.</param>
    /// <param name="limit">Most deals, 1 to 1000.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<ReadList<DealView>> ListAsync(
        UserKey user,
        AccountId account,
        Offset? before,
        int limit,
        CancellationToken cancellation
    ) =>
        sources.Api.ListAsync(
            user,
            Newest,
            Page,
            DealTable.Table.Read,
            cancellation,
            UserReads.Value(user.Value),
            UserReads.Value(account.Value),
            UserReads.Value(before?.Value ?? long.MaxValue),
            UserReads.Value(limit)
        );
}
