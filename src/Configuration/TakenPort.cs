using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Trading.Configuration;

/// <summary>Whether a place can be listened on, and who keeps it when it cannot.</summary>
/// <param name="Place">The place looked at.</param>
/// <param name="Holder">The program that listens there, with its process id, as far as it can be told.</param>
/// <param name="IsDenied">Nobody listens there; this user may not.</param>
public sealed record TakenPort(IPEndPoint Place, string? Holder, bool IsDenied)
{
    /// <summary>Looks at a place. It is free, or of one's own choosing (port 0), when null comes back.</summary>
    public static TakenPort? At(IPEndPoint place)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (place.Port == 0)
        {
            return null;
        }

        try
        {
            using var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (place.Address.Equals(IPAddress.IPv6Any))
            {
                // All interfaces, in both families.
                socket.DualMode = true;
            }

            socket.Bind(place);
            socket.Listen(1);
            return null;
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return new(place, ListeningProcess.On(place.Port), IsDenied: false);
        }
        catch (SocketException denied) when (denied.SocketErrorCode == SocketError.AccessDenied)
        {
            return new(place, null, IsDenied: true);
        }
        // On a machine without IPv6 the other family is listened on alone.
        catch (SocketException missing)
            when (place.AddressFamily == AddressFamily.InterNetworkV6 && IsWithoutIt(missing))
        {
            return place.Address.Equals(IPAddress.IPv6Any) ? At(new(IPAddress.Any, place.Port)) : null;
        }
    }

    private static bool IsWithoutIt(SocketException missing) =>
        missing.SocketErrorCode
            is SocketError.AddressFamilyNotSupported
                or SocketError.AddressNotAvailable
                or SocketError.ProtocolNotSupported;

    /// <summary>In words.</summary>
    public override string ToString() =>
        IsDenied
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Port {Place.Port} on {Place.Address} may not be listened on by this user"
            )
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Port {Place.Port} on {Place.Address} is in use by {Holder ?? "another program"}"
            );
}
