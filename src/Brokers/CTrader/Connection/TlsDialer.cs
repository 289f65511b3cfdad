using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>How a dial ended.</summary>
internal abstract record DialOutcome
{
    private DialOutcome() { }

    /// <summary>There is a protected stream to the broker.</summary>
    public sealed record Connected(Stream Stream) : DialOutcome;

    /// <summary>There is none.</summary>
    public sealed record Failed(LinkFault Fault) : DialOutcome;
}

/// <summary>Opens TCP and TLS to one address.</summary>
internal sealed class TlsDialer(BrokerAddress address, TlsTrust trust, TimeSpan timeout, TimeProvider clock)
{
    /// <summary>Dials once. Only cancellation by the caller is thrown; everything else is an outcome.</summary>
    public async Task<DialOutcome> DialAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, either.Token);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = address.Host,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    RemoteCertificateValidationCallback = trust.Accepts,
                },
                either.Token
            );
            var connected = new DialOutcome.Connected(tls);
            tls = null;
            return connected;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Failed(LinkFaultKind.Unreachable, $"No connection within {timeout}.");
        }
        catch (AuthenticationException refused)
        {
            return Failed(LinkFaultKind.CertificateRefused, refused.Message);
        }
        catch (Exception broken) when (broken is SocketException or IOException)
        {
            return Failed(LinkFaultKind.Unreachable, broken.Message);
        }
        finally
        {
            if (tls is not null)
            {
                await tls.DisposeAsync();
            }
            else if (!socket.Connected)
            {
                socket.Dispose();
            }
        }
    }

    private static DialOutcome.Failed Failed(LinkFaultKind kind, string detail) => new(new LinkFault(kind, detail));
}
