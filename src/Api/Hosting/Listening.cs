using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Trading.Api.Configuration;

namespace Trading.Api.Hosting;

/// <summary>Where and with which bounds HTTP is served.</summary>
internal static class Listening
{
    /// <summary>Sets the server up.</summary>
    public static void Configure(KestrelServerOptions kestrel, ServiceSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = settings.Limits.BodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.MaxRequestLineSize = 16 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        // Bounds what a client that does not read costs: prices wait in the shared ring instead.
        kestrel.Limits.MaxResponseBufferSize = 64 * 1024;
        kestrel.Limits.MaxConcurrentUpgradedConnections = settings.Limits.Sockets;
        Listen(kestrel, settings, settings.Listen.Port);
        if (settings.WebSocketPort is { } port)
        {
            Listen(kestrel, settings, port);
        }
    }

    // The server's own ways for all interfaces and for localhost do without IPv6 on a machine that has none.
    private static void Listen(KestrelServerOptions kestrel, ServiceSettings settings, int port)
    {
        static void Http1(ListenOptions endpoint) => endpoint.Protocols = HttpProtocols.Http1;
        var address = settings.Listen.Address;
        if (settings.BothLoopbacks)
        {
            kestrel.ListenLocalhost(port == 0 ? FreePort() : port, Http1);
        }
        else if (address.Equals(IPAddress.IPv6Any))
        {
            kestrel.ListenAnyIP(port, Http1);
        }
        else
        {
            kestrel.Listen(address, port, Http1);
        }
    }

    // Two sockets cannot be given one free port by the system: one is asked for, and the other follows.
    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
