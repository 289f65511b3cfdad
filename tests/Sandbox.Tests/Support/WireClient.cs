using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Google.Protobuf;
using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader;

namespace Trading.Sandbox.Tests.Support;

/// <summary>A small client of its own: real TLS that trusts only the sandbox's authority, frames cut by hand.</summary>
internal sealed class WireClient : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private readonly TcpClient _tcp = new();
    private readonly SslStream _stream;
    private readonly Channel<ProtoMessage> _inbox = Channel.CreateUnbounded<ProtoMessage>();
    private readonly Task _reading;

    private WireClient(TcpClient tcp, SslStream stream)
    {
        _tcp = tcp;
        _stream = stream;
        _reading = ReadAsync();
    }

    /// <summary>Completes when the server has closed.</summary>
    public Task Closed => _reading;

    public Socket Socket => _tcp.Client;

    public static async Task<WireClient> ConnectAsync(CTraderSandbox sandbox, bool withServerName = true)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, sandbox.Port);
        var stream = new SslStream(tcp.GetStream());
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(sandbox.CaPem));
        // An address in the place of a name is never sent as server name indication.
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = withServerName ? "localhost" : "127.0.0.1",
            CertificateChainPolicy = policy,
        };
        await stream.AuthenticateAsClientAsync(options);
        return new WireClient(tcp, stream);
    }

    /// <summary>Connected, application and account authorised.</summary>
    public static async Task<WireClient> LogInAsync(
        CTraderSandbox sandbox,
        long account = 5_150_705,
        string token = "demo-access-token"
    )
    {
        var client = await ConnectAsync(sandbox);
        await client.AskAsync<ProtoOAApplicationAuthRes>(Login);
        await client.AskAsync<ProtoOAAccountAuthRes>(
            new ProtoOAAccountAuthReq { CtidTraderAccountId = account, AccessToken = token }
        );
        return client;
    }

    public static ProtoOAApplicationAuthReq Login =>
        new() { ClientId = "sandbox-app", ClientSecret = "sandbox-secret" };

    public async Task SendAsync(IMessage message, string? id = null)
    {
        var envelope = new ProtoMessage { PayloadType = Wire.TypeOf(message), Payload = message.ToByteString() };
        if (id is not null)
        {
            envelope.ClientMsgId = id;
        }

        await SendRawAsync(Wire.Frame(envelope));
    }

    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes);

    /// <summary>Sends a request and waits for the first frame with its id, which must be of this type.</summary>
    public async Task<T> AskAsync<T>(IMessage request)
        where T : IMessage<T>, new()
    {
        var id = Guid.NewGuid().ToString("N");
        await SendAsync(request, id);
        while (true)
        {
            var frame = await NextAsync();
            if (frame.ClientMsgId == id)
            {
                return Wire.Decode<T>(frame);
            }
        }
    }

    /// <summary>The next frame of this type, skipping others.</summary>
    public async Task<T> ExpectAsync<T>()
        where T : IMessage<T>, new()
    {
        while (true)
        {
            var frame = await NextAsync();
            if (frame.PayloadType == Wire.TypeOf(new T()))
            {
                return Wire.Decode<T>(frame);
            }
        }
    }

    public async Task<ProtoMessage> NextAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        return await NextAsync(patience.Token);
    }

    public ValueTask<ProtoMessage> NextAsync(CancellationToken patience) => _inbox.Reader.ReadAsync(patience);

    public bool TryNext(out ProtoMessage? frame) => _inbox.Reader.TryRead(out frame);

    public async ValueTask DisposeAsync()
    {
        _tcp.Close();
        await _reading;
        await _stream.DisposeAsync();
        _tcp.Dispose();
    }

    private async Task ReadAsync()
    {
        var prefix = new byte[4];
        try
        {
            while (true)
            {
                await _stream.ReadExactlyAsync(prefix);
                var body = new byte[BinaryPrimitives.ReadUInt32BigEndian(prefix)];
                await _stream.ReadExactlyAsync(body);
                await _inbox.Writer.WriteAsync(ProtoMessage.Parser.ParseFrom(body));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidProtocolBufferException)
        {
            _inbox.Writer.Complete();
        }
    }
}
