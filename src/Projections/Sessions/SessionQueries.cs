using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Reading;

namespace Trading.Projections.Sessions;

/// <summary>Asks for sessions. One whose owner belongs to the cluster no more is not connected, whatever that owner recorded
/// last: it is being connected by another.</summary>
/// <param name="sources">Where the read model stands.</param>
/// <param name="nodes">Of the cluster; null where nobody can tell, as in a look at the past.</param>
public sealed class SessionQueries(ReadModelSources sources, INodes? nodes = null)
{
    private static readonly string Summaries = $"""
        select {Prefixed("s", SessionTable.Table.SelectList)},
               a.balance, a.position_count, a.at_offset, a.updated_at, a.written_at, u.sealed_user_id, u.sealed_email
        from read.sessions s
        left join read.accounts a on a.user_key = s.user_key and a.account_id = s.account_id
        left join read.users u on u.user_key = s.user_key
        """;

    /// <summary>Every session of every user that was ever asked to run, newest change first. For operators.</summary>
    public Task<IReadOnlyList<SessionSummary>> ListAsync(CancellationToken cancellation) =>
        ListAsync(int.MaxValue, null, cancellation);

    /// <summary>A page of them.</summary>
    /// <param name="limit">Most rows.</param>
    /// <param name="before">Only sessions last changed before this offset; null for the newest.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<IReadOnlyList<SessionSummary>> ListAsync(
        int limit,
        Offset? before,
        CancellationToken cancellation
    )
    {
        await using var command = sources.Operator.CreateCommand(
            $"{Summaries} where s.state <> 'idle' and s.at_offset < $1 order by s.at_offset desc limit $2"
        );
        command.Parameters.Add(UserReads.Value(before?.Value ?? long.MaxValue));
        command.Parameters.Add(UserReads.Value(limit));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.RowsAsync(Read, cancellation);
    }

    /// <summary>How many sessions there are.</summary>
    public async Task<int> CountAsync(CancellationToken cancellation)
    {
        await using var command = sources.Operator.CreateCommand(
            "select count(*)::int from read.sessions where state <> 'idle'"
        );
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>One user's session with its account's balance and count of positions, or null when there is none.</summary>
    public Task<SessionSummary?> FindAsync(UserKey user, CancellationToken cancellation) =>
        sources.Api.FindAsync(
            user,
            $"{Summaries} where s.user_key = $1",
            Read,
            cancellation,
            UserReads.Value(user.Value)
        );

    private SessionSummary Read(Npgsql.NpgsqlDataReader reader)
    {
        const int Account = 19;
        return new(
            Attended(SessionTable.Table.Read(reader)),
            reader.Number(Account),
            reader.IsNull(Account + 1) ? 0 : reader.GetInt32(Account + 1),
            reader.IsNull(Account + 2) ? null : reader.StampAt(Account + 2),
            reader.Bytes(Account + 5),
            reader.Bytes(Account + 6)
        );
    }

    private SessionView Attended(SessionView session) =>
        session.IsConnected && nodes is not null && !nodes.IsMember(session.Owner)
            ? session with
            {
                State = SessionState.Connecting,
            }
            : session;

    private static string Prefixed(string alias, string columns) =>
        string.Join(", ", columns.Split(", ").Select(column => $"{alias}.{column}"));
}
