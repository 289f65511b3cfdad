using System.Collections.Frozen;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Wire;

/// <summary>
/// What the schema and the documentation say about payload types: which message has which number, which answer ends a
/// request, and which requests count against the slower, historical rate (source: cTrader Open API).
/// </summary>
internal static class PayloadTypes
{
    /// <summary>Error of the front proxy.</summary>
    public const uint ProxyError = (uint)ProtoPayloadType.ErrorRes;

    /// <summary>Keep-alive.</summary>
    public const uint Heartbeat = (uint)ProtoPayloadType.HeartbeatEvent;

    /// <summary>Usual error answer.</summary>
    public const uint Error = (uint)ProtoOAPayloadType.ProtoOaErrorRes;

    /// <summary>Refusal of a trading command.</summary>
    public const uint OrderError = (uint)ProtoOAPayloadType.ProtoOaOrderErrorEvent;

    /// <summary>Step of an order; the first one with our id answers a trading command.</summary>
    public const uint Execution = (uint)ProtoOAPayloadType.ProtoOaExecutionEvent;

    // Names do not tell the numbers (a dozen are irregular), the default of each message's first field does.
    private static readonly FrozenDictionary<string, uint> Numbers = MessagesReflection
        .Descriptor.MessageTypes.Concat(CommonReflection.Descriptor.MessageTypes)
        .Where(message => message.FindFieldByNumber(1) is { FieldType: FieldType.Enum, Name: "payloadType" })
        .ToFrozenDictionary(message => message.FullName, DefaultOfFirstField);

    private static readonly FrozenDictionary<uint, uint> Answers = PairRequestsWithAnswers();

    private static readonly FrozenSet<uint> Commands = new[]
    {
        (uint)ProtoOAPayloadType.ProtoOaNewOrderReq,
        (uint)ProtoOAPayloadType.ProtoOaCancelOrderReq,
        (uint)ProtoOAPayloadType.ProtoOaAmendOrderReq,
        (uint)ProtoOAPayloadType.ProtoOaAmendPositionSltpReq,
        (uint)ProtoOAPayloadType.ProtoOaClosePositionReq,
    }.ToFrozenSet();

    private static readonly FrozenSet<uint> Historical = new[]
    {
        (uint)ProtoOAPayloadType.ProtoOaDealListReq,
        (uint)ProtoOAPayloadType.ProtoOaGetTrendbarsReq,
        (uint)ProtoOAPayloadType.ProtoOaCashFlowHistoryListReq,
        (uint)ProtoOAPayloadType.ProtoOaGetTickdataReq,
        (uint)ProtoOAPayloadType.ProtoOaOrderListReq,
        (uint)ProtoOAPayloadType.ProtoOaDealListByPositionIdReq,
        (uint)ProtoOAPayloadType.ProtoOaOrderListByPositionIdReq,
    }.ToFrozenSet();

    /// <summary>The number of a message's type.</summary>
    /// <exception cref="KeyNotFoundException">The message is no payload but a part of one.</exception>
    public static uint Of(IMessage message) => Numbers[message.Descriptor.FullName];

    /// <summary>Whether the schema knows the number.</summary>
    public static bool IsKnown(uint payloadType) =>
        Enum.IsDefined((ProtoOAPayloadType)payloadType) || Enum.IsDefined((ProtoPayloadType)payloadType);

    /// <summary>Whether the request moves money: it goes first, and its outcome matters even when it is lost.</summary>
    public static bool IsTradingCommand(uint payloadType) => Commands.Contains(payloadType);

    /// <summary>Whether the request counts against the slower rate.</summary>
    public static bool IsHistorical(uint payloadType) => Historical.Contains(payloadType);

    /// <summary>Whether a frame of type <paramref name="answer"/> refuses whatever request it is tied to.</summary>
    public static bool IsRefusal(uint answer) => answer is ProxyError or Error or OrderError;

    /// <summary>
    /// Whether a frame of type <paramref name="answer"/> that carries the id of a <paramref name="request"/> ends it.
    /// Id alone is not enough: events carry ids too.
    /// </summary>
    public static bool Ends(uint request, uint answer) =>
        IsRefusal(answer)
        || (IsTradingCommand(request) ? answer == Execution : Answers.GetValueOrDefault(request) == answer);

    private static uint DefaultOfFirstField(MessageDescriptor message) =>
        Convert.ToUInt32(message.FindFieldByNumber(1).Accessor.GetValue(message.Parser.ParseFrom(ByteString.Empty)));

    private static FrozenDictionary<uint, uint> PairRequestsWithAnswers() =>
        Numbers
            .Where(pair => pair.Key.EndsWith("Req", StringComparison.Ordinal))
            .Select(pair => (Request: pair.Value, Answer: Numbers.GetValueOrDefault(pair.Key[..^1] + "s")))
            .Where(pair => pair.Answer != 0)
            .ToFrozenDictionary(pair => pair.Request, pair => pair.Answer);
}
