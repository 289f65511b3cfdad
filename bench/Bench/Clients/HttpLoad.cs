using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Trading.Bench.Harness;

namespace Trading.Bench.Clients;

/// <summary>Keep-alive connections over bare sockets; each sends its next request when it has read the whole answer.</summary>
internal sealed class HttpLoad(ClientJob job) : ILoadClient
{
    private readonly byte[] _request = Encoding.ASCII.GetBytes(
        $"GET {job.Path} HTTP/1.1\r\nHost: {job.Host}:{job.Port}\r\n{job.Headers}\r\n"
    );
    private readonly List<Socket> _sockets = [];
    private readonly List<byte[]> _buffers = [];

    public async Task ConnectAsync()
    {
        for (var i = 0; i < job.Connections; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(job.Host, job.Port);
            _sockets.Add(socket);
            _buffers.Add(new byte[64 * 1024]);
            await AskAsync(i, CancellationToken.None);
        }
    }

    public async Task<ClientCount> CountAsync()
    {
        var (perSecond, waits) = await Load.RunAsync(job.Connections, job.Seconds, AskAsync, CancellationToken.None);
        return new(perSecond, waits.P50, waits.P90, waits.P99, waits.Max, waits.Count, null);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private async Task<int> AskAsync(int worker, CancellationToken cancellation)
    {
        var (socket, buffer) = (_sockets[worker], _buffers[worker]);
        await socket.SendAsync(_request, SocketFlags.None, cancellation);
        var have = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(have), SocketFlags.None, cancellation);
            if (read == 0)
            {
                throw new IOException("The server closed the connection.");
            }

            have += read;
            if (IsWhole(buffer.AsSpan(0, have)))
            {
                return 1;
            }
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var head = answer[..(end + 2)];
        if (!head.StartsWith("HTTP/1.1 200 "u8))
        {
            throw new IOException($"Not answered with 200: {Encoding.UTF8.GetString(answer)}");
        }

        var body = answer[(end + 4)..];
        var length = head.IndexOf("Content-Length: "u8);
        if (length < 0)
        {
            return body.EndsWith("0\r\n\r\n"u8);
        }

        var value = head[(length + 16)..];
        return body.Length >= int.Parse(value[..value.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
