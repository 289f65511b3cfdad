namespace Trading.Sandbox.CTrader.Faults;

/// <summary>What goes wrong.</summary>
public enum FaultKind
{
    /// <summary>A request arrives and the connection drops before it is applied.</summary>
    DropBefore,

    /// <summary>A request is applied and the connection drops before anything about it is sent.</summary>
    DropAfter,

    /// <summary>A request is answered with an error and not applied.</summary>
    Refuse,

    /// <summary>A request is never applied nor answered.</summary>
    Hang,

    /// <summary>A message is not sent.</summary>
    Swallow,

    /// <summary>A message is sent twice.</summary>
    Duplicate,

    /// <summary>A message is sent late; others overtake it.</summary>
    Delay,

    /// <summary>Half of a frame is sent, then the connection drops.</summary>
    CutFrame,
}

/// <summary>One fault waiting for its moment. What is null matches everything.</summary>
public sealed record FaultRule
{
    /// <summary>What goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Payload type of the request, or of the message sent (cTrader Open API numbers); null for any but heartbeats.</summary>
    public uint? PayloadType { get; init; }

    /// <summary>Only on this connection.</summary>
    public long? ConnectionId { get; init; }

    /// <summary>How often it happens before the rule is used up; 0 for always.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Error name of a refusal.</summary>
    public string ErrorCode { get; init; } = "UNKNOWN_ERROR";

    /// <summary>Text of a refusal.</summary>
    public string? Description { get; init; }

    /// <summary>How late a delayed message is, in milliseconds.</summary>
    public int DelayMs { get; init; }

    /// <summary>End of maintenance a refusal speaks of, Unix seconds.</summary>
    public long? MaintenanceEndTimestamp { get; init; }

    /// <summary>Seconds after which a refusal lets the payload type through again.</summary>
    public ulong? RetryAfter { get; init; }

    /// <summary>A refusal as ProtoErrorRes (50) instead of ProtoOAErrorRes (2142).</summary>
    public bool AsProxyError { get; init; }

    /// <summary>A refusal of a trading command as ProtoOAOrderErrorEvent (2132).</summary>
    public bool AsOrderError { get; init; }

    /// <summary>A refusal that names no request, as if it concerned the whole connection.</summary>
    public bool Unasked { get; init; }

    /// <summary>The connection ends right after the refusal.</summary>
    public bool Closes { get; init; }
}
