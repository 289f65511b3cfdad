using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Trading.Api.Tests;

/// <summary>A WebSocket client that speaks JSON.</summary>
public sealed class SocketClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1024 * 1024];

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public string? CloseReason => _socket.CloseStatusDescription;

    public WebSocketState State => _socket.State;

    public static async Task<SocketClient> ConnectAsync(
        Uri service,
        string path,
        string? token = null,
        Action<ClientWebSocketOptions>? options = null
    )
    {
        var client = new SocketClient();
        if (token is not null)
        {
            client._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        }

        client._socket.Options.CollectHttpResponseDetails = true;
        options?.Invoke(client._socket.Options);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await client._socket.ConnectAsync(AddressOf(service, path), patience.Token);
        }
        catch (WebSocketException refused) when (client._socket.HttpStatusCode != default)
        {
            throw new HttpRequestException(refused.Message, refused, client._socket.HttpStatusCode);
        }

        return client;
    }

    public async Task SendAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, patience.Token);
    }

    /// <summary>The next message, or null when the server has closed.</summary>
    public async Task<JsonNode?> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var length = 0;
        while (true)
        {
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(length), patience.Token);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            length += received.Count;
            if (received.EndOfMessage)
            {
                return JsonNode.Parse(_buffer.AsSpan(0, length));
            }
        }
    }

    /// <summary>The next message of a type; others are passed over.</summary>
    public async Task<JsonNode> UntilAsync(string type, Func<JsonNode, bool>? also = null)
    {
        while (true)
        {
            var message = await ReceiveAsync() ?? throw new InvalidOperationException($"Closed: {CloseReason}");
            if (message["type"]!.GetValue<string>() == type && also?.Invoke(message) != false)
            {
                return message;
            }
        }
    }

    public async Task<JsonNode> AskAsync(string text, string type)
    {
        await SendAsync(text);
        return await UntilAsync(type);
    }

    /// <summary>Reads until the server closes.</summary>
    public async Task UntilClosedAsync()
    {
        while (await ReceiveAsync() is not null) { }
    }

    public async Task CloseAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Uri AddressOf(Uri service, string path) => new($"ws://{service.Authority}{path}");
}
