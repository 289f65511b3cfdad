using System.Net.WebSockets;

namespace Trading.Api.Live;

/// <summary>One client's WebSocket: reads whole messages, sends ready frames, closes with a reason.</summary>
internal sealed class ClientSocket(WebSocket socket, FrameGate gate, int maxMessage) : IDisposable
{
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(2);
    private const int MaxReasonBytes = 123;

    private readonly byte[] _buffer = new byte[Math.Min(1_024, maxMessage)];

    /// <summary>Sends whole frames. Waits while the client's connection is full.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellation) =>
        gate.WriteAsync(frames, cancellation);

    /// <summary>The next message; its bytes are good until the next call. Null when the client has left or sent more than
    /// is allowed, and then the socket is closing.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellation)
    {
        var buffer = _buffer;
        var length = 0;
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await CloseAsync(WebSocketCloseStatus.NormalClosure, "");
                    return null;
                }

                if (received.MessageType == WebSocketMessageType.Binary)
                {
                    await CloseAsync(WebSocketCloseStatus.InvalidMessageType, "send text");
                    return null;
                }

                length += received.Count;
                if (received.EndOfMessage)
                {
                    return buffer.AsMemory(0, length);
                }

                if (length == maxMessage)
                {
                    await CloseAsync(WebSocketCloseStatus.MessageTooBig, $"at most {maxMessage} bytes a message");
                    return null;
                }

                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Min(buffer.Length * 2, maxMessage));
                }
            }
        }
        catch (WebSocketException)
        {
            // The client is gone, or does not speak the protocol: either way there is nobody to tell.
            return null;
        }
    }

    /// <summary>Says goodbye with a reason; a client that does not take it in two seconds is cut off.</summary>
    public async ValueTask CloseAsync(WebSocketCloseStatus status, string reason)
    {
        using var patience = new CancellationTokenSource(CloseWithin);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(status, reason[..Math.Min(reason.Length, MaxReasonBytes)], patience.Token);
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException or IOException)
        {
            socket.Abort();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        gate.Dispose();
    }
}
