using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using Google.Protobuf;
using Trading.Brokers.CTrader.Wire;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.Tests.CTrader.Peer;

/// <summary>One connection as the broker's side sees it: what came in, and anything to send back.</summary>
internal sealed class BrokerPeer(Stream stream)
{
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Envelopes received, heartbeats included.</summary>
    public ConcurrentQueue<ProtoMessage> Received { get; } = new();

    /// <summary>Whether the other side has closed.</summary>
    public bool Closed { get; private set; }

    public static byte[] Frame(IMessage message, string? clientMsgId = null)
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.Write(output, PayloadTypes.Of(message), message, clientMsgId);
        return output.WrittenSpan.ToArray();
    }

    public Task SendAsync(IMessage message, string? clientMsgId = null) => SendRawAsync(Frame(message, clientMsgId));

    public async Task SendRawAsync(byte[] bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Ends the connection as a crash would.</summary>
    public void Drop() => stream.Dispose();

    public int Count(ProtoOAPayloadType type) => Received.Count(message => message.PayloadType == (uint)type);

    /// <summary>Reads until the other side closes, handing each envelope to <paramref name="take"/>.</summary>
    public async Task ReadAsync(Func<ProtoMessage, Task> take)
    {
        try
        {
            var prefix = new byte[4];
            while (true)
            {
                await stream.ReadExactlyAsync(prefix);
                var body = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
                await stream.ReadExactlyAsync(body);
                var message = ProtoMessage.Parser.ParseFrom(body);
                Received.Enqueue(message);
                await take(message);
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            Closed = true;
        }
    }
}
