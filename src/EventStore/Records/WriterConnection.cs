using Npgsql;

namespace Trading.EventStore.Records;

/// <summary>The connection of one writer. It bears a name of its own, so that after a break the server process that may
/// still be working for it can be found and ended.</summary>
internal sealed class WriterConnection(NpgsqlDataSource source, string name, string role) : IAsyncDisposable
{
    private NpgsqlConnection? _connection;

    /// <summary>The server process at the other end; 0 when there is none.</summary>
    public int ProcessId { get; private set; }

    /// <summary>The connection, opened if it is not.</summary>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        if (_connection is { State: System.Data.ConnectionState.Open } open)
        {
            return open;
        }

        await DropAsync();
        _connection = await source.OpenConnectionAsync(cancellation);
        ProcessId = _connection.ProcessID;
        return _connection;
    }

    /// <summary>Waits until no other server process works under this writer's name.</summary>
    /// <exception cref="TimeoutException">One of them does not end.</exception>
    public async Task EndPredecessorsAsync(CancellationToken cancellation)
    {
        var connection = await OpenAsync(cancellation);
        // As the login, not as the role put on: only the same login sees and may end its processes.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("SET ROLE NONE"),
                new(
                    "SELECT coalesce(bool_and(pg_terminate_backend(pid, 5000)), true) FROM pg_stat_activity "
                        + "WHERE application_name = $1 AND pid <> pg_backend_pid()"
                )
                {
                    Parameters = { new() { Value = name } },
                },
                new($"SET ROLE {role}"),
            },
        };
        if (await batch.ExecuteScalarAsync(cancellation) is not true)
        {
            throw new TimeoutException("The server process of a broken connection does not end.");
        }
    }

    /// <summary>Closes the connection.</summary>
    public async ValueTask DropAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            ProcessId = 0;
            await connection.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => DropAsync();
}
