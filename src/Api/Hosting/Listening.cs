using System.Net;
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
        kestrel.Listen(settings.Listen, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        if (settings.WebSocketPort is { } port)
        {
            kestrel.Listen(
                new IPEndPoint(settings.Listen.Address, port),
                endpoint => endpoint.Protocols = HttpProtocols.Http1
            );
        }
    }
}
