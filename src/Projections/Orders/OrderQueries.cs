using Trading.Domain;
using Trading.Projections.Reading;

namespace Trading.Projections.Orders;

/// <summary>Asks for orders.</summary>
public sealed class OrderQueries(ReadModelSources sources)
{
    private const string Newest = """
        select at_offset, updated_at, written_at from read.orders
        where user_key = current_setting('app.user_key') order by at_offset desc limit 1
        """;

    private static readonly string Working = $"""
        select {OrderTable.Table.SelectList} from read.orders
        where user_key = $1 and account_id = $2 and status in ('working', 'partially_filled')
        order by created_at, order_id limit $3
        """;

    private static readonly string All = $"""
        select {OrderTable.Table.SelectList} from read.orders
        where user_key = $1 and account_id = $2 order by at_offset desc limit $3
        """;

    /// <summary>The orders of an account that can still be filled, oldest first; at most <paramref name="limit"/>.</summary>
    public Task<ReadList<OrderView>> ListWorkingAsync(
        UserKey user,
        AccountId account,
        int limit,
        CancellationToken cancellation
    ) => ListAsync(user, account, limit, Working, cancellation);

    /// <summary>The orders of an account, whatever became of them, newest change first; at most <paramref name="limit"/>.
    /// </summary>
    public Task<ReadList<OrderView>> ListAsync(
        UserKey user,
        AccountId account,
        int limit,
        CancellationToken cancellation
    ) => ListAsync(user, account, limit, All, cancellation);

    private Task<ReadList<OrderView>> ListAsync(
        UserKey user,
        AccountId account,
        int limit,
        string sql,
        CancellationToken cancellation
    ) =>
        sources.Api.ListAsync(
            user,
            Newest,
            sql,
            OrderTable.Table.Read,
            cancellation,
            UserReads.Value(user.Value),
            UserReads.Value(account.Value),
            UserReads.Value(limit)
        );
}
