using System.Net.WebSockets;
using Trading.Domain.Market;
using Trading.Projections.Messages;

namespace Trading.Tools.Replay;

/// <summary>One client's WebSocket at a replay: sends texts one at a time, reads whole messages. A client that takes nothing
/// for long is closed, as a live one is: the others do not wait for it for ever.</summary>
internal sealed class ReplaySocket(WebSocket socket) : IDisposable
{
    private const int MostBytes = 16 * 1024;
    private static readonly TimeSpan TakesWithin = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _sending = new(1);
    private readonly byte[] _buffer = new byte[MostBytes];

    /// <summary>Sends a text; nothing when the client is gone.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            if (socket.State != WebSocketState.Open)
            {
                return;
            }

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(TakesWithin);
            await socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
        }
        catch (Exception gone)
            when (gone is WebSocketException or IOException
                || (gone is OperationCanceledException && !cancellation.IsCancellationRequested)
            )
        {
            // Gone, or too slow: its own reader notices that nobody is there any more.
            socket.Abort();
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends a tick.</summary>
    public ValueTask SendAsync(PastTick tick, CancellationToken cancellation)
    {
        var text = new byte[TickMessage.MaxLength(tick.Tick)];
        return SendAsync(text.AsMemory(0, TickMessage.Write(text, tick.Tick, tick.Offset)), cancellation);
    }

    /// <summary>The next message; null when the client has left or says too much.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellation)
    {
        var length = 0;
        try
        {
            while (length < MostBytes)
            {
                var received = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellation);
                if (received.MessageType != WebSocketMessageType.Text)
                {
                    break;
                }

                length += received.Count;
                if (received.EndOfMessage)
                {
                    return _buffer.AsMemory(0, length);
                }
            }

            await CloseAsync(
                length < MostBytes ? WebSocketCloseStatus.NormalClosure : WebSocketCloseStatus.MessageTooBig,
                ""
            );
        }
        catch (WebSocketException)
        {
            // The client went without a word.
        }

        return null;
    }

    /// <summary>Says goodbye.</summary>
    public async Task CloseAsync(WebSocketCloseStatus status, string reason)
    {
        await _sending.WaitAsync();
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                using var patience = new CancellationTokenSource(TakesWithin);
                await socket.CloseOutputAsync(status, reason, patience.Token);
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
        {
            socket.Abort();
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        _sending.Dispose();
    }
}
