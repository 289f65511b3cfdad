namespace Trading.Brokers.CTrader.Connection;

/// <summary>How a request ended.</summary>
internal abstract record RequestOutcome
{
    private RequestOutcome() { }

    /// <summary>The broker answered.</summary>
    /// <param name="PayloadType">Which message the answer is.</param>
    /// <param name="Payload">The answer's bytes.</param>
    /// <param name="Sequence">Its place among all frames received, which tells what arrived before it and what after.</param>
    public sealed record Answered(uint PayloadType, ReadOnlyMemory<byte> Payload, long Sequence) : RequestOutcome;

    /// <summary>There is no answer, or a refusal.</summary>
    public sealed record Failed(BrokerError Error) : RequestOutcome;
}
