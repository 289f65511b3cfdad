using Trading.Domain;
using Trading.Projections.Reading;

namespace Trading.Projections.Positions;

/// <summary>Asks for positions. For their worth ask the account, which holds its open positions with all that values them.
/// </summary>
public sealed class PositionQueries(ReadModelSources sources)
{
    private const string Newest = """
        select at_offset, updated_at, written_at from read.positions
        where user_key = current_setting('app.user_key') order by at_offset desc limit 1
        """;

    private static readonly string Open = $"""
        select {PositionTable.Table.SelectList} from read.positions
        where user_key = $1 and account_id = $2 and is_open order by opened_at, position_id
        """;

    private static readonly string Closed = $"""
        select {PositionTable.Table.SelectList} from read.positions
        where user_key = $1 and account_id = $2 and not is_open order by at_offset desc limit $3
        """;

    /// <summary>The open positions of an account, oldest first.</summary>
    public Task<ReadList<PositionView>> ListOpenAsync(
        UserKey user,
        AccountId account,
        CancellationToken cancellation
    ) =>
        sources.Api.ListAsync(
            user,
            Newest,
            Open,
            PositionTable.Table.Read,
            cancellation,
            UserReads.Value(user.Value),
            UserReads.Value(account.Value)
        );

    /// <summary>The closed positions of an account, the one closed last first; at most <paramref name="limit"/>.</summary>
    public Task<ReadList<PositionView>> ListClosedAsync(
        UserKey user,
        AccountId account,
        int limit,
        CancellationToken cancellation
    ) =>
        sources.Api.ListAsync(
            user,
            Newest,
            Closed,
            PositionTable.Table.Read,
            cancellation,
            UserReads.Value(user.Value),
            UserReads.Value(account.Value),
            UserReads.Value(limit)
        );
}
