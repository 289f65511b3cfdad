using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Trading.Bench.Clients;

/// <summary>Many WebSocket clients over bare sockets that count the messages they are sent. Frames are told apart, their
/// payload is skipped: a client library would measure itself.</summary>
internal sealed class WebSocketLoad(ClientJob job) : ILoadClient
{
    private readonly List<Counter> _clients = [];

    public async Task ConnectAsync()
    {
        for (var i = 0; i < job.Connections; i++)
        {
            var socket = await HandshakeAsync(job);
            foreach (var greeting in job.Greeting)
            {
                await socket.SendAsync(WebSocketFrames.Text(greeting));
            }

            _clients.Add(new(socket));
        }
    }

    public async Task<ClientCount> CountAsync()
    {
        using var end = new CancellationTokenSource();
        var loops = _clients.Select(client => client.ReadAsync(end.Token)).ToArray();
        // Warm-up: the first messages find cold code.
        await Task.Delay(TimeSpan.FromSeconds(job.Seconds / 4), end.Token);
        var before = _clients.Select(client => client.Messages).ToArray();
        var started = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(job.Seconds), end.Token);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var got = _clients.Select((client, i) => client.Messages - before[i]).ToArray();
        await end.CancelAsync();
        var faults = (await Task.WhenAll(loops)).OfType<string>().ToArray();
        var silent = got.Count(count => count == 0);
        return new(got.Sum() / seconds, 0, 0, 0, 0, got.Sum(), faults.FirstOrDefault() ?? Silence(silent));
    }

    public ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>An open WebSocket.</summary>
    public static async Task<Socket> HandshakeAsync(ClientJob job)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(job.Host, job.Port);
        var request =
            $"GET {job.Path} HTTP/1.1\r\nHost: {job.Host}:{job.Port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{job.Headers}\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        // Byte by byte up to the blank line: what follows is already frames.
        var answer = new List<byte>();
        var one = new byte[1];
        while (answer.Count < 4 || !answer[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await socket.ReceiveAsync(one) == 0)
            {
                throw new IOException($"Refused: {Encoding.ASCII.GetString([.. answer])}");
            }

            answer.Add(one[0]);
        }

        var text = Encoding.ASCII.GetString([.. answer]);
        return text.StartsWith("HTTP/1.1 101", StringComparison.Ordinal)
            ? socket
            : throw new IOException($"Refused: {text}");
    }

    private static string? Silence(int clients) => clients == 0 ? null : $"{clients} clients got no message at all.";

    private sealed class Counter(Socket socket) : IDisposable
    {
        private readonly byte[] _buffer = new byte[16 * 1024];
        private readonly WebSocketFrames _frames = new();

        public long Messages => _frames.Texts;

        public async Task<string?> ReadAsync(CancellationToken cancellation)
        {
            try
            {
                while (true)
                {
                    var read = await socket.ReceiveAsync(_buffer, SocketFlags.None, cancellation);
                    if (read == 0)
                    {
                        return "The server closed a client.";
                    }

                    _frames.Count(_buffer.AsSpan(0, read));
                    if (_frames.Closed)
                    {
                        return "The server sent a close frame to a client.";
                    }
                }
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (SocketException broken)
            {
                return broken.Message;
            }
        }

        public void Dispose() => socket.Dispose();
    }
}
