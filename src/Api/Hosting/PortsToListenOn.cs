using System.Net;
using Trading.Api.Configuration;
using Trading.Configuration;

namespace Trading.Api.Hosting;

/// <summary>The ports that the service will listen on, looked at before anything else is begun: a database made, a minute later,
/// is no place to learn that a port is taken.</summary>
internal static class PortsToListenOn
{
    /// <summary>Refuses when one of them is taken.</summary>
    /// <exception cref="IOException">It is; the message is one line that says who has it and what to do.</exception>
    public static void MustBeFree(ServiceSettings settings)
    {
        foreach (var (place, variable) in Of(settings))
        {
            if (TakenPort.At(place) is { } taken)
            {
                throw new IOException($"{taken}: stop it, or choose another one ({variable}).");
            }
        }
    }

    private static IEnumerable<(IPEndPoint Place, string Variable)> Of(ServiceSettings settings)
    {
        IPAddress[] addresses = settings.BothLoopbacks
            ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : [settings.Listen.Address];
        foreach (var address in addresses)
        {
            yield return (new(address, settings.Listen.Port), "PORT");
            if (settings.WebSocketPort is { } port)
            {
                yield return (new(address, port), "WS_PORT");
            }
        }
    }
}
