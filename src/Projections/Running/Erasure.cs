using Npgsql;
using Trading.Domain;
using Trading.Domain.Logs;

namespace Trading.Projections.Running;

/// <summary>A user was erased: the rows that stand for what happened before go.</summary>
internal static class Erasure
{
    /// <summary>Deletes a user's rows from a table, but none that came after the erasure.</summary>
    public static NpgsqlBatchCommand Of(UserKey user, Offset at, string table)
    {
        var command = new NpgsqlBatchCommand($"delete from {table} where user_key = $1 and at_offset < $2");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = user.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = at.Value });
        return command;
    }
}
