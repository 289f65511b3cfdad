using Trading.Brokers.CTrader.Connection;

namespace Trading.Brokers.CTrader.Session;

/// <summary>Why serving the account stopped, and what follows from it.</summary>
/// <param name="Code">The broker's error name, or the name of a fault of the link.</param>
/// <param name="Detail">Words for people.</param>
internal abstract record LinkLoss(string Code, string Detail)
{
    /// <summary>It may work again: wait and try anew.</summary>
    /// <param name="Code">As above.</param>
    /// <param name="Detail">As above.</param>
    /// <param name="WaitAtLeast">What the broker asked for; zero when it asked for nothing.</param>
    public sealed record Transient(string Code, string Detail, TimeSpan WaitAtLeast = default) : LinkLoss(Code, Detail);

    /// <summary>We broke it off ourselves in order to begin again with new tokens: no need to wait.</summary>
    /// <param name="Code">As above.</param>
    /// <param name="Detail">As above.</param>
    public sealed record Renewal(string Code, string Detail) : LinkLoss(Code, Detail);

    /// <summary>No retry can help.</summary>
    /// <param name="Code">As above.</param>
    /// <param name="Detail">As above.</param>
    /// <param name="NeedsConsent">Whether the user must grant access again.</param>
    public sealed record Permanent(string Code, string Detail, bool NeedsConsent) : LinkLoss(Code, Detail);

    /// <summary>The connection itself failed. What the broker said last tells more than that it hung up.</summary>
    public static LinkLoss Of(LinkFault fault, DateTimeOffset now) =>
        fault.LastWord is { } word
            ? new Transient(word.Code, word.Sentence, word.WaitAtLeast(now))
            : new Transient(fault.Code, fault.Detail);

    /// <summary>The broker refused something that connecting cannot do without.</summary>
    public static LinkLoss Of(BrokerError error, DateTimeOffset now) =>
        error.Reaction == ErrorReaction.Stop
            ? new Permanent(error.Code, error.Sentence, NeedsConsent: false)
            : new Transient(error.Code, error.Sentence, error.WaitAtLeast(now));
}
