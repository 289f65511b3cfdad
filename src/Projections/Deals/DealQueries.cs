using Npgsql;
using NpgsqlTypes;
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

    private static readonly string ById = $"""
        select {DealTable.Table.SelectList} from read.deals
        where deal_id = $1 and ($2::text is null or account_id = $2) and ($3::text is null or user_key = $3)
        order by at_offset limit {MostFound}
        """;

    private const int MostFound = 2;

    /// <summary>The deals of one user that bear an id; brokers number them per server, so there may be more than one: two are
    /// given then.</summary>
    public async Task<IReadOnlyList<DealView>> FindAsync(
        UserKey user,
        DealId deal,
        AccountId? account,
        CancellationToken cancellation
    )
    {
        await using var batch = sources.Api.CreateBatch();
        batch.As(user).Add(ById, Asked(deal, account, user));
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        return await reader.RowsAsync(DealTable.Table.Read, cancellation);
    }

    /// <summary>The deals of any user that bear an id, at most two. Only for callers with a role that reads all.</summary>
    public async Task<IReadOnlyList<DealView>> FindOfAnyAsync(
        DealId deal,
        AccountId? account,
        UserKey? user,
        CancellationToken cancellation
    )
    {
        await using var command = sources.Operator.CreateCommand(ById);
        command.Parameters.AddRange(Asked(deal, account, user));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.RowsAsync(DealTable.Table.Read, cancellation);
    }

    private static NpgsqlParameter[] Asked(DealId deal, AccountId? account, UserKey? user) =>
        [UserReads.Value(deal.Value), Optional(account?.Value), Optional(user?.Value)];

    private static NpgsqlParameter Optional(string? text) =>
        new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)text ?? DBNull.Value };

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
