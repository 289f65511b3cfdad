using System.Buffers;
using Trading.Brokers.CTrader.Wire;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>Sorts the frames of one connection: quotes and events to the receiver, answers to whoever asked.</summary>
internal sealed class FrameIntake(IFrameReceiver receiver, PendingRequests pending)
{
    private long _sequence;

    /// <summary>The newest refusal that could be why the broker ends a connection, to whatever it was an answer; null while
    /// there was none.</summary>
    public BrokerError? Refusal { get; private set; }

    /// <summary>Takes every whole frame off the buffer, which then begins behind the last one. The fault that ends the
    /// connection, or null.</summary>
    public LinkFault? Take(ref ReadOnlySequence<byte> buffer)
    {
        var frames = 0;
        LinkFault? fault = null;
        while (fault is null)
        {
            var status = FrameReader.TryTake(ref buffer, FrameReader.DefaultCap, out var body);
            if (status == FrameStatus.Incomplete)
            {
                break;
            }

            frames++;
            _sequence++;
            fault = status switch
            {
                FrameStatus.TooLong => new LinkFault(LinkFaultKind.BadFrame, "A frame is longer than the cap."),
                FrameStatus.Empty => PassOver("empty"),
                _ => TakeBody(in body),
            };
        }

        LinkMetrics.Frames.Add(frames);
        return fault;
    }

    // An answer that finds fault with one request, say with a symbol nobody knows, ends no connection.
    private void Note(BrokerError refusal, bool answered)
    {
        if (
            !answered || refusal.Reaction is not (ErrorReaction.Harmless or ErrorReaction.Fix or ErrorReaction.Business)
        )
        {
            Refusal = refusal;
        }
    }

    private static LinkFault? PassOver(string reason)
    {
        LinkMetrics.Skip(reason);
        return null;
    }

    private LinkFault? TakeBody(in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            return TakeBody(body.FirstSpan);
        }

        // Rare: the frame lies across two buffers of the pipe.
        var length = (int)body.Length;
        var joined = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(joined);
            return TakeBody(joined.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    private LinkFault? TakeBody(ReadOnlySpan<byte> body)
    {
        var readable = Envelope.TryParse(body, out var envelope);
        if (readable && envelope.PayloadType == SpotQuote.PayloadType)
        {
            readable = SpotQuote.TryDecode(envelope.Payload, out var quote);
            if (readable)
            {
                receiver.OnQuote(in quote);
            }
        }
        else if (readable && envelope.PayloadType != PayloadTypes.Heartbeat)
        {
            // The answer to a trading command is an event as well: both the asker and the receiver get it.
            var answered = pending.TryComplete(in envelope, _sequence);
            if (envelope.PayloadType is PayloadTypes.Error or PayloadTypes.ProxyError)
            {
                Note(BrokerError.Parse(envelope.PayloadType, envelope.Payload, tradingCommand: false), answered);
            }

            if (!answered || envelope.PayloadType is PayloadTypes.Execution or PayloadTypes.OrderError)
            {
                readable = receiver.OnMessage(in envelope, _sequence);
            }
        }

        return readable ? null : new LinkFault(LinkFaultKind.BadFrame, "A frame cannot be read.");
    }
}
