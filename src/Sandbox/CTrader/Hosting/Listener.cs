using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Trading.Sandbox.CTrader.Protocol;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.Hosting;

/// <summary>Accepts clients on a loopback port.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private const int Backlog = 1_024;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly SandboxWorld _world;
    private readonly Socket _socket;
    private readonly SslServerAuthenticationOptions _tls;
    private readonly ILogger _logger;

    public Listener(SandboxWorld world, X509Certificate2 certificate, ILogger logger)
    {
        _world = world;
        _logger = logger;
        _tls = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(
                certificate,
                additionalCertificates: null,
                offline: true
            ),
        };
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, world.Options.Port));
            _socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new IOException($"Port {world.Options.Port} can not be used: {e.Message}", e);
        }

        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
    }

    public int Port { get; }

    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                var client = await _socket.AcceptAsync(ct);
                _ = ServeAsync(client, ct);
            }
            catch (SocketException e)
            {
                // A client that left before it was taken, or no file handles for a moment: others must still get in.
                Log.AcceptFailed(_logger, e.Message);
                await Task.Delay(s_pause, _world.Options.Time, ct);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        Connection[] open;
        lock (_world.Gate)
        {
            open = [.. _world.Connections];
        }

        foreach (var connection in open)
        {
            await connection.Closed;
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken ct)
    {
        using var connection = new Connection(_world, client, _logger, ct);
        try
        {
            await connection.RunAsync(_tls);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            Log.LoopFailed(_logger, e, "connection");
        }
    }
}
