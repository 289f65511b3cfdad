using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Trading.EndToEnd.World;

/// <summary>A frontend on the tick streamer's protocol.</summary>
internal sealed class TickClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private readonly ClientWebSocket _socket = new();

    public static async Task<TickClient> ConnectAsync(ServiceProcess service, string path = "ws")
    {
        var client = new TickClient();
        var address = new UriBuilder(new Uri(service.Address, path)) { Scheme = "ws" }.Uri;
        await client._socket.ConnectAsync(address, CancellationToken.None);
        return client;
    }

    /// <summary>A client that wants these symbols.</summary>
    public static async Task<TickClient> ListenAsync(ServiceProcess service, params string[] symbols)
    {
        var client = await ConnectAsync(service);
        await client.SendAsync(new { type = "connect" });
        await client.UntilAsync(
            "status",
            message => message.GetProperty("status").GetString() == "connected",
            Patience
        );
        await client.SendAsync(new { type = "subscribe", symbols });
        return client;
    }

    public Task SendAsync(object message) =>
        _socket.SendAsync(
            JsonSerializer.SerializeToUtf8Bytes(message),
            WebSocketMessageType.Text,
            endOfMessage: true,
            CancellationToken.None
        );

    /// <summary>The next message.</summary>
    /// <exception cref="OperationCanceledException">None came in time.</exception>
    /// <exception cref="InvalidOperationException">The server closed.</exception>
    public async Task<JsonElement> NextAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        var buffer = new byte[64 * 1024];
        var text = new StringBuilder();
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, limit.Token);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new InvalidOperationException($"Closed: {_socket.CloseStatusDescription}");
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
            if (part.EndOfMessage)
            {
                return JsonSerializer.Deserialize<JsonElement>(text.ToString());
            }
        }
    }

    /// <summary>Reads on until a message of this type satisfies the condition.</summary>
    public async Task<JsonElement> UntilAsync(string type, Func<JsonElement, bool> condition, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        while (true)
        {
            var message = await NextAsync(patience);
            if (message.GetProperty("type").GetString() == type && condition(message))
            {
                return message;
            }

            limit.Token.ThrowIfCancellationRequested();
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
