using Trading.Brokers.CTrader.Wire;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>Takes what a connection receives. All calls come from the one loop that reads the socket.</summary>
internal interface IFrameReceiver
{
    /// <summary>A quote arrived.</summary>
    void OnQuote(in SpotQuote quote);

    /// <summary>A message arrived that is no quote, no heartbeat and no answer to a request of ours. Its bytes are gone after
    /// the call. False when it cannot be taken, which ends the connection.</summary>
    /// <param name="envelope">The message.</param>
    /// <param name="sequence">Its place among all frames received.</param>
    bool OnMessage(in Envelope envelope, long sequence);

    /// <summary>Everything received so far has been handed over; reading goes on once this is done, so that a slow taker slows
    /// the socket and nothing else.</summary>
    ValueTask OnReadAsync(CancellationToken cancellation);
}
