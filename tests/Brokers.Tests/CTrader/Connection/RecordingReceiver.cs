using System.Collections.Concurrent;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Wire;

namespace Trading.Brokers.Tests.CTrader.Connection;

/// <summary>Writes down what a connection hands over, and can be made to take its time.</summary>
internal sealed class RecordingReceiver : IFrameReceiver
{
    public ConcurrentQueue<SpotQuote> Quotes { get; } = new();

    public ConcurrentQueue<uint> Messages { get; } = new();

    public TaskCompletionSource? Gate { get; set; }

    public bool Waiting { get; private set; }

    /// <summary>Quotes that stood when everything received so far was handed over.</summary>
    public int Delivered { get; private set; }

    public void OnQuote(in SpotQuote quote) => Quotes.Enqueue(quote);

    public bool OnMessage(in Envelope envelope, long sequence)
    {
        Messages.Enqueue(envelope.PayloadType);
        return true;
    }

    public async ValueTask OnReadAsync(CancellationToken cancellation)
    {
        Delivered = Quotes.Count;
        if (Gate is { } gate)
        {
            Waiting = true;
            await gate.Task.WaitAsync(cancellation);
        }
    }
}
