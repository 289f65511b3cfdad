using Google.Protobuf;
using Trading.Brokers.CTrader.Connection;

namespace Trading.Brokers.CTrader.Session;

/// <summary>An answer with its bytes.</summary>
/// <param name="Message">The answer.</param>
/// <param name="Bytes">As it came over the wire.</param>
/// <param name="Sequence">Its place among all frames received.</param>
internal sealed record Reply<T>(T Message, ReadOnlyMemory<byte> Bytes, long Sequence);

/// <summary>
/// Asks one connection for things. A refusal that only means "later" is waited out here; the first one that means more
/// is kept in <see cref="Failure"/>, so that a long procedure can stop at it without a ladder of results.
/// </summary>
internal sealed class Inquirer(CTraderConnection connection, TimeProvider clock)
{
    private const int MostTries = 5;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    /// <summary>What stopped the inquiries; null while nothing did.</summary>
    public BrokerError? Failure { get; private set; }

    /// <summary>The refusal that showed that the broker has no session for us any more; null while none did.</summary>
    public BrokerError? SessionGone { get; private set; }

    /// <summary>Asks for something that cannot be done without. Null after a failure, which is then kept.</summary>
    public async Task<Reply<T>?> AskAsync<T>(IMessage request, CancellationToken cancellation)
        where T : class, IMessage<T>, new()
    {
        var (reply, error) = await TryAskAsync<T>(request, cancellation);
        Failure ??= error;
        return reply;
    }

    /// <summary>Notes that something cannot be done without that was refused.</summary>
    public void Fail(BrokerError error) => Failure ??= error;

    /// <summary>Asks for something that may be refused.</summary>
    public async Task<(Reply<T>? Reply, BrokerError? Error)> TryAskAsync<T>(
        IMessage request,
        CancellationToken cancellation
    )
        where T : class, IMessage<T>, new()
    {
        for (var attempt = 1; ; attempt++)
        {
            switch (await connection.RequestAsync(request, cancellation))
            {
                case RequestOutcome.Answered answered:
                    return Parse<T>(answered);
                case RequestOutcome.Failed { Error: var error } when attempt < MostTries && IsPace(error):
                    await Task.Delay(Pause(error, attempt), clock, cancellation);
                    break;
                case RequestOutcome.Failed { Error: var error }:
                    if (error.Reaction is ErrorReaction.AuthoriseAccount or ErrorReaction.Reconnect)
                    {
                        SessionGone ??= error;
                    }

                    return (null, error);
            }
        }
    }

    // A limit of pace passes by itself. Maintenance and lost routes do not, and are waited for without a connection.
    private static bool IsPace(BrokerError error) =>
        error.Code is "REQUEST_FREQUENCY_EXCEEDED" or "BLOCKED_PAYLOAD_TYPE" or BrokerError.QueueFullCode;

    private static TimeSpan Pause(BrokerError error, int attempt)
    {
        var pause = ShortestPause * Math.Pow(2, attempt - 1);
        if (error.RetryAfter is { } asked && asked > pause)
        {
            pause = asked;
        }

        return pause < LongestPause ? pause : LongestPause;
    }

    private static (Reply<T>? Reply, BrokerError? Error) Parse<T>(RequestOutcome.Answered answered)
        where T : class, IMessage<T>, new()
    {
        try
        {
            var message = new T();
            message.MergeFrom(answered.Payload.Span);
            return (new Reply<T>(message, answered.Payload, answered.Sequence), null);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            return (null, BrokerError.Own(BrokerError.MalformedCode, malformed.Message, tradingCommand: false));
        }
    }
}
