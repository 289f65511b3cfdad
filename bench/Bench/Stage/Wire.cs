using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Trading.Bench.Stage;

/// <summary>Stands between the service and the sandbox, TLS on both sides: hands every frame on, notes when account events
/// pass, and can put ready-made frames into the stream as fast as the service takes them. So a session is brought up by the
/// real counterpart and then loaded without the counterpart's own cost.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private const uint ExecutionEvent = 2126;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly X509Certificate2 _certificate;
    private readonly int _sandboxPort;
    private readonly Task _serving;
    private SslStream? _service;

    private Wire(X509Certificate2 certificate, int sandboxPort)
    {
        _certificate = certificate;
        _sandboxPort = sandboxPort;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Called with <see cref="Stopwatch"/> time just before an execution event is written to the service.</summary>
    public Action<long>? ExecutionPasses { get; set; }

    /// <summary>Starts listening and writes the certificate that the service has to trust.</summary>
    public static async Task<Wire> StartAsync(int sandboxPort, string certificates, CancellationToken cancellation)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7));
        await File.WriteAllTextAsync(certificates, made.ExportCertificatePem(), cancellation);
        // A key that was never exported cannot serve TLS on every platform.
        return new(X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null), sandboxPort);
    }

    /// <summary>Puts whole frames into the stream; returns when the socket has taken them.</summary>
    public async Task InjectAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            var service = _service ?? throw new InvalidOperationException("No session is connected.");
            await service.WriteAsync(frames, cancellation);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _serving;
        _certificate.Dispose();
        _writing.Dispose();
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        List<Task> links = [];
        try
        {
            while (true)
            {
                links.Add(LinkAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(links);
        }
    }

    private async Task LinkAsync(TcpClient accepted)
    {
        try
        {
            using (accepted)
            using (var dialled = new TcpClient())
            {
                accepted.NoDelay = dialled.NoDelay = true;
                await using var service = new SslStream(accepted.GetStream());
                await service.AuthenticateAsServerAsync(_certificate);
                await dialled.ConnectAsync(IPAddress.Loopback, _sandboxPort, _end.Token);
                // The sandbox of this very run, on loopback: its certificate proves nothing here.
                await using var sandbox = new SslStream(dialled.GetStream(), false, (_, _, _, _) => true);
                await sandbox.AuthenticateAsClientAsync("localhost");
                _service = service;
                await await Task.WhenAny(service.CopyToAsync(sandbox, _end.Token), DownAsync(sandbox, service));
            }
        }
        catch (Exception over) when (over is IOException or OperationCanceledException or SocketException)
        {
            // One side has closed; the other follows.
        }
    }

    private async Task DownAsync(SslStream sandbox, SslStream service)
    {
        var buffer = new byte[1 << 20];
        var have = 0;
        while (true)
        {
            var read = await sandbox.ReadAsync(buffer.AsMemory(have), _end.Token);
            if (read == 0)
            {
                return;
            }

            have += read;
            var whole = WholeFrames(buffer.AsSpan(0, have), out var executions);
            await _writing.WaitAsync(_end.Token);
            try
            {
                for (var i = 0; i < executions; i++)
                {
                    ExecutionPasses?.Invoke(Stopwatch.GetTimestamp());
                }

                await service.WriteAsync(buffer.AsMemory(0, whole), _end.Token);
            }
            finally
            {
                _writing.Release();
            }

            buffer.AsSpan(whole, have - whole).CopyTo(buffer);
            have -= whole;
            if (have == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    private static int WholeFrames(ReadOnlySpan<byte> bytes, out int executions)
    {
        var whole = 0;
        executions = 0;
        while (bytes.Length - whole >= 4)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[whole..]);
            if (bytes.Length - whole - 4 < length)
            {
                break;
            }

            executions += PayloadType(bytes.Slice(whole + 4, length)) == ExecutionEvent ? 1 : 0;
            whole += 4 + length;
        }

        return whole;
    }

    // The first field of the envelope: tag 0x08, then the type as a varint of two bytes.
    private static uint PayloadType(ReadOnlySpan<byte> body) =>
        body is [0x08, var low, var high, ..] && (low & 0x80) != 0 ? (uint)(low & 0x7F) | ((uint)high << 7) : 0;
}
