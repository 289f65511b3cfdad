using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Trading.TestKit.Poolers;

/// <summary>A connection pooler for PostgreSQL on loopback, as small as one can be: each client logs in by a session of its own,
/// which it keeps (session mode) or which from then on serves whoever begins a transaction (transaction mode, the session used
/// last first, as PgBouncer does).</summary>
public sealed class PoolingProxy : IAsyncDisposable
{
    private const int SslRequest = 80877103;
    private const int GssRequest = 80877104;
    private const int CancelRequest = 80877102;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentStack<NetworkStream> _idle = new();
    private readonly SemaphoreSlim _anyIdle = new(0);
    private readonly ConcurrentBag<TcpClient> _sockets = [];
    private readonly NpgsqlConnectionStringBuilder _server;
    private readonly bool _perTransaction;
    private readonly Task _accepting;

    private PoolingProxy(string server, bool perTransaction)
    {
        _server = new(server);
        _perTransaction = perTransaction;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The server's connection string with this pooler in its place.</summary>
    public string ConnectionString =>
        new NpgsqlConnectionStringBuilder(_server.ConnectionString)
        {
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        }.ConnectionString;

    /// <summary>Every client keeps its session.</summary>
    public static PoolingProxy OfSessions(string server) => new(server, perTransaction: false);

    /// <summary>Every transaction gets whatever session is free.</summary>
    public static PoolingProxy OfTransactions(string server) => new(server, perTransaction: true);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        await _accepting;
        _stopping.Dispose();
        _anyIdle.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                _sockets.Add(client);
                _ = ServeAsync(client);
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException)
        {
            // No more clients.
        }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        try
        {
            using var _ = accepted;
            accepted.NoDelay = true;
            var client = accepted.GetStream();
            if (await StartupAsync(client) is not { } startup)
            {
                return;
            }

            var connected = new TcpClient { NoDelay = true };
            _sockets.Add(connected);
            await connected.ConnectAsync(_server.Host!, _server.Port, _stopping.Token);
            var server = connected.GetStream();
            await server.WriteAsync(startup, _stopping.Token);
            if (!_perTransaction)
            {
                await Task.WhenAny(
                    client.CopyToAsync(server, _stopping.Token),
                    server.CopyToAsync(client, _stopping.Token)
                );
                connected.Dispose();
                return;
            }

            await LogInAsync(client, server);
            Release(server);
            while (await TransactAsync(client)) { }
        }
        catch (Exception gone)
            when (gone is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Either side has left.
        }
    }

    // Encryption is declined; what follows is the startup message proper.
    private async Task<byte[]?> StartupAsync(NetworkStream client)
    {
        while (true)
        {
            var head = new byte[8];
            await client.ReadExactlyAsync(head, _stopping.Token);
            var code = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
            if (code is SslRequest or GssRequest)
            {
                await client.WriteAsync("N"u8.ToArray(), _stopping.Token);
                continue;
            }

            var message = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
            head.CopyTo(message, 0);
            await client.ReadExactlyAsync(message.AsMemory(8), _stopping.Token);
            return code == CancelRequest ? null : message;
        }
    }

    private async Task LogInAsync(NetworkStream client, NetworkStream server)
    {
        while (true)
        {
            var told = await MessageAsync(server);
            await client.WriteAsync(told, _stopping.Token);
            switch (told[0])
            {
                case (byte)'Z':
                    return;
                // A password is asked for, or the next step of one; 0 says that it was right, 12 needs no answer.
                case (byte)'R' when BinaryPrimitives.ReadInt32BigEndian(told.AsSpan(5)) is not (0 or 12):
                    await server.WriteAsync(await MessageAsync(client), _stopping.Token);
                    break;
            }
        }
    }

    // One transaction on whatever session is free. False when the client has left.
    private async Task<bool> TransactAsync(NetworkStream client)
    {
        NetworkStream? server = null;
        while (true)
        {
            var asked = await MessageAsync(client);
            if (asked[0] == 'X')
            {
                return false;
            }

            if (server is null)
            {
                await _anyIdle.WaitAsync(_stopping.Token);
                _idle.TryPop(out server);
            }

            await server!.WriteAsync(asked, _stopping.Token);
            if (asked[0] is not ((byte)'Q' or (byte)'S'))
            {
                continue;
            }

            byte[] told;
            do
            {
                told = await MessageAsync(server);
                await client.WriteAsync(told, _stopping.Token);
            } while (told[0] != 'Z');

            if (told[5] == 'I')
            {
                Release(server);
                return true;
            }
        }
    }

    private void Release(NetworkStream server)
    {
        _idle.Push(server);
        _anyIdle.Release();
    }

    private async Task<byte[]> MessageAsync(NetworkStream from)
    {
        var head = new byte[5];
        await from.ReadExactlyAsync(head, _stopping.Token);
        var message = new byte[1 + BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1))];
        head.CopyTo(message, 0);
        await from.ReadExactlyAsync(message.AsMemory(5), _stopping.Token);
        return message;
    }
}
