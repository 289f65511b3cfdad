using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Trading.Brokers.CTrader.Wire;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.Tests.CTrader.Peer;

/// <summary>
/// A broker on loopback, over real TLS, that answers as its script says. What has no line in the script is left
/// without an answer.
/// </summary>
internal sealed class ScriptedBroker : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentDictionary<uint, Func<BrokerPeer, ProtoMessage, Task>> _script = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    public ScriptedBroker(X509Certificate2 certificate)
    {
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections in the order they were made.</summary>
    public ConcurrentQueue<BrokerPeer> Peers { get; } = new();

    public BrokerPeer Last => Peers.Last();

    /// <summary>Answers a request with one message; null leaves it without an answer.</summary>
    public ScriptedBroker On<TRequest>(Func<TRequest, IMessage?> answer)
        where TRequest : IMessage<TRequest>, new() =>
        Do<TRequest>(
            async (peer, request, id) =>
            {
                if (answer(request) is { } message)
                {
                    await peer.SendAsync(message, id);
                }
            }
        );

    /// <summary>Does anything at all about a request.</summary>
    public ScriptedBroker Do<TRequest>(Func<BrokerPeer, TRequest, string, Task> act)
        where TRequest : IMessage<TRequest>, new()
    {
        var parser = new MessageParser<TRequest>(() => new TRequest());
        _script[PayloadTypes.Of(new TRequest())] = (peer, envelope) =>
            act(peer, parser.ParseFrom(envelope.Payload), envelope.ClientMsgId);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var peer in Peers)
        {
            peer.Drop();
        }

        await _accepting;
        await Task.WhenAll(_connections);
        _certificate.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync()));
            }
        }
        catch (Exception stopped) when (stopped is SocketException or InvalidOperationException)
        {
            // The listener was stopped, while it waited or just before it would have.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        await using (var tls = new SslStream(client.GetStream()))
        {
            try
            {
                await tls.AuthenticateAsServerAsync(_certificate);
            }
            catch (Exception refused) when (refused is AuthenticationException or IOException)
            {
                return;
            }

            var peer = new BrokerPeer(tls);
            Peers.Enqueue(peer);
            await peer.ReadAsync(envelope =>
                _script.TryGetValue(envelope.PayloadType, out var act) ? act(peer, envelope) : Task.CompletedTask
            );
        }
    }
}
