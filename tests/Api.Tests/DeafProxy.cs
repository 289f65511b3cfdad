using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Trading.Api.Tests;

/// <summary>Stands between the service and its database, and makes the connections that listen for notifications dead without
/// a word: what the service says arrives, and nothing comes back.</summary>
internal sealed class DeafProxy : IAsyncDisposable
{
    private static readonly byte[] s_listen = "LISTEN trading_"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _gate = new();
    private readonly List<Link> _links = [];
    private readonly Task _accepting;
    private readonly (string Host, int Port) _database;
    private volatile bool _deafensNew;

    public DeafProxy(string connectionString)
    {
        var address = new NpgsqlConnectionStringBuilder(connectionString);
        _database = (address.Host!, address.Port);
        _listener.Start();
        (address.Host, address.Port) = ("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);
        ConnectionString = address.ConnectionString;
        _accepting = AcceptAsync();
    }

    /// <summary>The way to the database through here.</summary>
    public string ConnectionString { get; }

    /// <summary>Connections that listen hear nothing more; how many there were.</summary>
    public int Deafen()
    {
        lock (_gate)
        {
            var listening = _links.Where(link => link is { Listens: true, IsDeaf: false }).ToList();
            listening.ForEach(link => link.IsDeaf = true);
            return listening.Count;
        }
    }

    /// <summary>The same, and those that will listen hear nothing either; or they do again.</summary>
    public void DeafenAll(bool deaf = true)
    {
        _deafensNew = deaf;
        if (deaf)
        {
            Deafen();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        Task[] pumps;
        lock (_gate)
        {
            _links.ForEach(link => link.Close());
            pumps = [.. _links.Select(link => link.Pumps)];
        }

        await Task.WhenAll(pumps);
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient service;
            try
            {
                service = await _listener.AcceptTcpClientAsync();
            }
            catch (SocketException)
            {
                // Stopped.
                return;
            }

            var database = new TcpClient();
            await database.ConnectAsync(_database.Host, _database.Port);
            var link = new Link(service, database, () => _deafensNew);
            lock (_gate)
            {
                _links.Add(link);
            }
        }
    }

    private sealed class Link
    {
        private readonly TcpClient _service;
        private readonly TcpClient _database;
        private readonly Func<bool> _deafensNew;
        private volatile bool _listens;
        private volatile bool _deaf;

        public Link(TcpClient service, TcpClient database, Func<bool> deafensNew)
        {
            (_service, _database, _deafensNew) = (service, database, deafensNew);
            Pumps = Task.WhenAll(PumpAsync(service, database, Said), PumpAsync(database, service, _ => !_deaf));
        }

        public Task Pumps { get; }

        public bool Listens => _listens;

        public bool IsDeaf
        {
            get => _deaf;
            set => _deaf = value;
        }

        public void Close()
        {
            _service.Dispose();
            _database.Dispose();
        }

        private bool Said(ReadOnlyMemory<byte> words)
        {
            if (words.Span.IndexOf(s_listen) >= 0)
            {
                _listens = true;
                _deaf |= _deafensNew();
            }

            return true;
        }

        private static async Task PumpAsync(TcpClient from, TcpClient to, Func<ReadOnlyMemory<byte>, bool> passes)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                while (await from.GetStream().ReadAsync(buffer) is > 0 and var read)
                {
                    if (passes(buffer.AsMemory(0, read)))
                    {
                        await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
                    }
                }
            }
            catch (Exception cut) when (cut is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // One side is gone, and so is the other then.
            }

            from.Dispose();
            to.Dispose();
        }
    }
}
