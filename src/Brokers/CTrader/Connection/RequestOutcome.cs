namespace Trading.Brokers.CTrader.Connection;

/// <summary>How a request ended.</summary>
internal abstract record RequestOutcome
{
    private RequestOutcome() { }

    /// <summary>The broker answered.</summary>
    /// <param name="PayloadType">Which message the answer is.</param>
    /// <param name="Payload">The answer's bytes.</param>
    public sealed record Answered(uint PayloadType, ReadOnlyMemory<byte> Payload) : RequestOutcome;

    /// <summary>There is no answer, or a refusal.</summary>
    public sealed record Failed(BrokerError Error) : RequestOutcome;
}
