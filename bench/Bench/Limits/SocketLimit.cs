using System.Net;
using System.Net.Sockets;
using System.Text;
using Trading.Bench.Clients;
using Trading.Bench.Harness;

namespace Trading.Bench.Limits;

/// <summary>Ready-made WebSocket frames written to many bare sockets: what the kernel and the load client reach without us.</summary>
internal static class SocketLimit
{
    /// <summary>Messages in one write: a burst of ticks leaves a server together.</summary>
    public const int MessagesInOneWrite = 16;

    private const int Writers = 2;

    public static async Task<Figure> FanOutAsync(
        BenchRun run,
        string message,
        int clients,
        CancellationToken cancellation
    )
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(clients);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var frame = Frame(message);
        var burst = Enumerable.Repeat(frame, MessagesInOneWrite).SelectMany(bytes => bytes).ToArray();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var accepting = AcceptAsync(listener, clients, stop.Token);
        var job = new ClientJob("websocket", "127.0.0.1", port, "/", "", clients, run.Seconds, []);
        var count = await ClientProcess.RunAsync(
            job,
            async token =>
            {
                var sockets = await accepting;
                var each = (clients + Writers - 1) / Writers;
                await Task.WhenAll(
                    sockets.Chunk(each).Select(some => Task.Run(() => WriteAsync(some, burst, token), token))
                );
            },
            cancellation
        );
        foreach (var socket in await accepting)
        {
            socket.Dispose();
        }

        return new($"bare sockets, {MessagesInOneWrite} messages a write", count.PerSecond, "messages/s");
    }

    private static byte[] Frame(string message)
    {
        var payload = Encoding.UTF8.GetBytes(message);
        byte[] head =
            payload.Length < 126
                ? [0x81, (byte)payload.Length]
                : [0x81, 126, (byte)(payload.Length >> 8), (byte)payload.Length];
        return [.. head, .. payload];
    }

    private static async Task<List<Socket>> AcceptAsync(Socket listener, int clients, CancellationToken cancellation)
    {
        List<Socket> sockets = [];
        var request = new byte[4096];
        while (sockets.Count < clients)
        {
            var socket = await listener.AcceptAsync(cancellation);
            socket.NoDelay = true;
            await socket.ReceiveAsync(request, cancellation);
            await socket.SendAsync("HTTP/1.1 101 Switching Protocols\r\n\r\n"u8.ToArray(), cancellation);
            sockets.Add(socket);
        }

        return sockets;
    }

    // In rounds, as a hub does it: a socket that has not taken the last burst is passed over.
    private static async Task WriteAsync(Socket[] sockets, byte[] burst, CancellationToken cancellation)
    {
        var inFlight = new Task[sockets.Length];
        Array.Fill(inFlight, Task.CompletedTask);
        while (!cancellation.IsCancellationRequested)
        {
            var wrote = false;
            for (var i = 0; i < sockets.Length; i++)
            {
                if (inFlight[i].IsCompleted)
                {
                    await inFlight[i];
                    inFlight[i] = sockets[i].SendAsync(burst, SocketFlags.None, cancellation).AsTask();
                    wrote = true;
                }
            }

            if (!wrote)
            {
                await Task.WhenAny(inFlight);
            }
        }
    }
}
