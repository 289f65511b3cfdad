using Trading.Domain;
using Trading.Projections.Reading;

namespace Trading.Projections.Users;

/// <summary>Asks who is who.</summary>
public sealed class UserQueries(ReadModelSources sources)
{
    private static readonly string ByEitherKey = $"""
        select {UserTable.Table.SelectList} from read.users where user_key = $1 or email_key = $1
        order by user_key <> $1, at_offset desc limit 1
        """;

    /// <summary>The user that a key names, be it the key of the id or of the e-mail address; the id wins, then the user
    /// identified last. Null when neither is known. For operators: a caller with only an address finds the user.</summary>
    public async Task<UserView?> FindAsync(UserKey idOrEmail, CancellationToken cancellation)
    {
        await using var command = sources.Operator.CreateCommand(ByEitherKey);
        command.Parameters.Add(UserReads.Value(idOrEmail.Value));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? UserTable.Table.Read(reader) : null;
    }
}
