using System.Net.WebSockets;
using Trading.Api.Configuration;

namespace Trading.Api.Live;

/// <summary>One client's WebSocket: reads whole messages, sends ready frames, closes with a reason.</summary>
/// <param name="socket">Reads, answers pings, closes.</param>
/// <param name="gate">Takes ready frames.</param>
/// <param name="limits">Its largest message, and how long it may take nothing.</param>
/// <param name="abort">Cuts the connection.</param>
internal sealed class ClientSocket(WebSocket socket, FrameGate gate, LimitSettings limits, Action abort) : IDisposable
{
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(2);
    private const int MaxReasonBytes = 123;

    private readonly CancellationTokenSource _patience = new();
    private byte[] _buffer = new byte[Math.Min(1_024, limits.SocketMessageBytes)];
    private int _closing;

    /// <summary>Sends whole frames. Waits while the client's connection is full; one that takes nothing for too long is cut
    /// off, because nobody could tell it to go.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellation)
    {
        var sending = gate.WriteAsync(frames, cancellation);
        return sending.IsCompletedSuccessfully ? sending : new(SendWithinAsync(sending.AsTask()));
    }

    private async Task SendWithinAsync(Task sending)
    {
        try
        {
            await sending.WaitAsync(limits.SocketTakesWithin, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            LiveMeter.SlowClosed.Add(1);
            abort();
            await sending;
        }
    }

    /// <summary>The next message; its bytes are good until the next call. Null when the client has left. Once the closing
    /// has begun the rest of what the client says is thrown away.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReceiveAsync()
    {
        var length = 0;
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await CloseAsync(WebSocketCloseStatus.NormalClosure, "");
                    return null;
                }

                if (received.MessageType == WebSocketMessageType.Binary)
                {
                    await CloseAsync(WebSocketCloseStatus.InvalidMessageType, "send text");
                }

                length += received.Count;
                if (_closing != 0)
                {
                    length = 0;
                }
                else if (received.EndOfMessage)
                {
                    return _buffer.AsMemory(0, length);
                }
                else if (length == limits.SocketMessageBytes)
                {
                    await CloseAsync(
                        WebSocketCloseStatus.MessageTooBig,
                        $"at most {limits.SocketMessageBytes} bytes a message"
                    );
                    length = 0;
                }
                else if (length == _buffer.Length)
                {
                    Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, limits.SocketMessageBytes));
                }
            }
        }
        catch (Exception gone) when (gone is WebSocketException or IOException or OperationCanceledException)
        {
            // The client is gone, or does not speak the protocol: either way there is nobody to tell.
            return null;
        }
    }

    /// <summary>Says goodbye with a reason, once; a client that does not part within two seconds is cut off.</summary>
    public async ValueTask CloseAsync(WebSocketCloseStatus status, string reason)
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
        {
            return;
        }

        _patience.Token.Register(abort);
        _patience.CancelAfter(CloseWithin);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                var text = reason[..Math.Min(reason.Length, MaxReasonBytes)];
                await socket.CloseOutputAsync(status, text, _patience.Token);
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException or IOException)
        {
            abort();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _patience.Dispose();
        socket.Dispose();
        gate.Dispose();
    }
}
