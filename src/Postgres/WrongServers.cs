using System.Runtime.CompilerServices;
using Npgsql;

namespace Trading.Postgres;

/// <summary>Notices that the server has changed under us, as in a fail-over that leaves connections to the former primary
/// open.</summary>
/// <remarks>A failure that says so reaches whoever asked: a query of ours, or a library that has our pool. So that none of them
/// has to remember to give its connection up, the failure is noticed where it is thrown, whoever catches it: this costs a look
/// at the type of each exception.</remarks>
public static class WrongServers
{
    private static readonly ConditionalWeakTable<NpgsqlDataSource, object?> Pools = [];
    private static readonly WeakReference<Exception?> Last = new(null);
    private static int leaving;

    static WrongServers() =>
        AppDomain.CurrentDomain.FirstChanceException += (_, thrown) =>
        {
            if (thrown.Exception is PostgresException failure && DatabaseFailure.IsWrongServer(failure))
            {
                Leave(failure);
            }
        };

    /// <summary>Whether an open connection leads to a server that takes no writes. No question is asked: the server tells of such
    /// a change by itself (PostgreSQL 14 and later), at the latest with its answer to the command before.</summary>
    public static bool IsOne(NpgsqlConnection connection) =>
        Is(connection, "in_hot_standby") || Is(connection, "default_transaction_read_only");

    /// <summary>Has a pool closed whenever the server turns out to be a wrong one. Held weakly.</summary>
    public static void Watch(NpgsqlDataSource pool) => Pools.AddOrUpdate(pool, null);

    private static bool Is(NpgsqlConnection connection, string parameter) =>
        connection.PostgresParameters.TryGetValue(parameter, out var value) && value == "on";

    // Elsewhere, for whoever throws holds the connection still. The same failure is thrown again by each who waits for it.
    private static void Leave(PostgresException failure)
    {
        if (Last.TryGetTarget(out var last) && ReferenceEquals(last, failure))
        {
            return;
        }

        Last.SetTarget(failure);
        if (Interlocked.Exchange(ref leaving, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => Leave(), null);
        }
    }

    // Connections in use are closed by their pool when they come back.
    private static void Leave()
    {
        Volatile.Write(ref leaving, 0);
        foreach (var (pool, _) in Pools)
        {
            pool.Clear();
        }

        NpgsqlConnection.ClearAllPools();
    }
}
