using System.Net;
using System.Net.Sockets;

namespace Trading.Tools.Tests.Doctor;

/// <summary>Finds places where nobody is.</summary>
internal static class Ports
{
    /// <summary>A port of the loopback that nobody listened on a moment ago.</summary>
    public static int Unused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
