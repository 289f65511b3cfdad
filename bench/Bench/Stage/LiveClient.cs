using System.Net.WebSockets;
using System.Text;

namespace Trading.Bench.Stage;

/// <summary>One WebSocket client of the service that looks at every message.</summary>
internal sealed class LiveClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    public static async Task<LiveClient> ConnectAsync(
        int port,
        string path,
        string? token,
        CancellationToken cancellation
    )
    {
        var client = new LiveClient();
        if (token is not null)
        {
            client._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        }

        await client._socket.ConnectAsync(new($"ws://127.0.0.1:{port}{path}"), cancellation);
        return client;
    }

    public Task SendAsync(string text, CancellationToken cancellation) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, cancellation);

    /// <summary>The next message; valid until the next call.</summary>
    public async Task<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellation)
    {
        var length = 0;
        while (true)
        {
            var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellation);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new InvalidOperationException($"The service closed the socket: {_socket.CloseStatusDescription}");
            }

            if (part.EndOfMessage)
            {
                return _buffer.AsMemory(0, length);
            }
        }
    }

    /// <summary>Reads until a message that holds the text.</summary>
    public async Task SkipToAsync(string text, CancellationToken cancellation)
    {
        var wanted = Encoding.UTF8.GetBytes(text);
        while ((await NextAsync(cancellation)).Span.IndexOf(wanted) < 0) { }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
