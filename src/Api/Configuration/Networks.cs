using System.Net;
using System.Net.Sockets;

namespace Trading.Api.Configuration;

/// <summary>Lists of addresses and networks (CIDR) of both families. An IPv4 address that comes mapped into IPv6, as it does on
/// a socket of both families, is the IPv4 address.</summary>
internal static class Networks
{
    private const int MappedPrefix = 96;

    /// <summary>The networks of a list separated by commas; an address alone is a network of one. Null with an entry that is
    /// neither.</summary>
    public static IReadOnlyList<IPNetwork>? Read(string text)
    {
        var entries = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        List<IPNetwork> networks = [.. entries.Select(ReadOne).OfType<IPNetwork>()];
        return networks.Count == entries.Length ? networks : null;
    }

    /// <summary>True when one of the networks has the address.</summary>
    public static bool Have(this IReadOnlyList<IPNetwork> networks, IPAddress? address)
    {
        if (address is null)
        {
            return false;
        }

        var plain = Plain(address);
        return networks.Any(network => network.Contains(plain));
    }

    /// <summary>The address without its mapping into IPv6.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static IPNetwork? ReadOne(string entry)
    {
        // "10" and "10.1" are addresses to the library, and mistakes here.
        if (IPAddress.TryParse(entry, out var address) && (entry.Contains(':') || entry.Count(one => one == '.') == 3))
        {
            var plain = Plain(address);
            return new(plain, plain.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        }

        if (!IPNetwork.TryParse(entry, out var network))
        {
            return null;
        }

        return network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= MappedPrefix
            ? new(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedPrefix)
            : network;
    }
}
