using Google.Protobuf;
using Trading.Brokers.CTrader.Mapping;
using Trading.Brokers.CTrader.Wire;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>Why a request has no answer: the broker's refusal, or a failure on the way.</summary>
/// <param name="Code">The broker's error name, or one of the names below.</param>
/// <param name="Description">Words for people; never to be branched on.</param>
/// <param name="Reaction">What to do about it.</param>
internal sealed record BrokerError(string Code, string Description, ErrorReaction Reaction)
{
    /// <summary>No answer came in time.</summary>
    public const string TimedOutCode = "REQUEST_TIMED_OUT";

    /// <summary>The connection ended first.</summary>
    public const string LinkLostCode = "LINK_LOST";

    /// <summary>Too many requests are waiting to be sent.</summary>
    public const string QueueFullCode = "REQUEST_QUEUE_FULL";

    /// <summary>An answer came that cannot be read.</summary>
    public const string MalformedCode = "MALFORMED_ANSWER";

    // Seconds and milliseconds of any plausible year lie on different sides of this number.
    private const long LargestSeconds = 100_000_000_000;

    // A wrong clock at the other end must not silence a link for days.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(2);

    /// <summary>The broker's words, or its error name where it used none.</summary>
    public string Sentence => string.IsNullOrWhiteSpace(Description) ? Code : Description;

    /// <summary>When maintenance should be over, if the broker said so.</summary>
    public DateTimeOffset? MaintenanceEnd { get; init; }

    /// <summary>How long the broker asked us to wait, if it did.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>An error of our own making.</summary>
    public static BrokerError Own(string code, string description, bool tradingCommand) =>
        new(code, description, ErrorReactions.Of(code, description, tradingCommand));

    /// <summary>Reads a refusal: payload type 50, 2142 or 2132.</summary>
    public static BrokerError Parse(uint payloadType, ReadOnlySpan<byte> payload, bool tradingCommand)
    {
        try
        {
            return payloadType switch
            {
                PayloadTypes.ProxyError => Of(ProtoErrorRes.Parser.ParseFrom(payload), tradingCommand),
                PayloadTypes.Error => Of(ProtoOAErrorRes.Parser.ParseFrom(payload), tradingCommand),
                _ => Of(ProtoOAOrderErrorEvent.Parser.ParseFrom(payload), tradingCommand),
            };
        }
        catch (InvalidProtocolBufferException malformed)
        {
            return Own(MalformedCode, malformed.Message, tradingCommand);
        }
    }

    /// <summary>How long to wait at least before trying again, by the broker's own words; zero when it said nothing.
    /// </summary>
    public TimeSpan WaitAtLeast(DateTimeOffset now)
    {
        var wait = RetryAfter ?? TimeSpan.Zero;
        if (MaintenanceEnd - now is { } rest && rest > wait)
        {
            wait = rest;
        }

        return wait < LongestWait ? wait : LongestWait;
    }

    private static BrokerError Of(ProtoErrorRes error, bool tradingCommand) =>
        Own(error.ErrorCode, error.Description, tradingCommand) with
        {
            MaintenanceEnd = error.HasMaintenanceEndTimestamp ? Moment((long)error.MaintenanceEndTimestamp) : null,
        };

    private static BrokerError Of(ProtoOAErrorRes error, bool tradingCommand) =>
        Own(error.ErrorCode, error.Description, tradingCommand) with
        {
            MaintenanceEnd = error.HasMaintenanceEndTimestamp ? Moment(error.MaintenanceEndTimestamp) : null,
            RetryAfter = error.HasRetryAfter
                ? TimeSpan.FromSeconds(Math.Min(error.RetryAfter, (ulong)LongestWait.TotalSeconds))
                : null,
        };

    private static BrokerError Of(ProtoOAOrderErrorEvent error, bool tradingCommand) =>
        Own(error.ErrorCode, error.Description, tradingCommand);

    // The schema speaks of milliseconds in one message and of seconds in the other; nobody has seen either.
    private static DateTimeOffset? Moment(long value)
    {
        var milliseconds = value is > 0 and <= LargestSeconds ? value * 1000 : value;
        return BrokerNumber.IsMoment(milliseconds) ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }
}
