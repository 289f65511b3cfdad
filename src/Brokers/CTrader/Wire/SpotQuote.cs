namespace Trading.Brokers.CTrader.Wire;

/// <summary>What a spot event brought: each side only if it moved.</summary>
[Flags]
internal enum SpotParts : byte
{
    /// <summary>Neither side, nor a time.</summary>
    None = 0,

    /// <summary>The bid.</summary>
    Bid = 1,

    /// <summary>The ask.</summary>
    Ask = 2,

    /// <summary>The server's time.</summary>
    Timestamp = 4,
}

/// <summary>
/// A spot event (payload type 2131) without its bars, decoded straight from the wire. Prices are in 1/100000 of the
/// quote unit whatever the symbol's digits; a side that is absent has not changed (source: cTrader Open API).
/// </summary>
internal readonly record struct SpotQuote(
    long AccountId,
    long SymbolId,
    ulong Bid,
    ulong Ask,
    long TimestampMs,
    SpotParts Parts
)
{
    /// <summary>The payload type of spot events.</summary>
    public const uint PayloadType = 2131;

    private const uint AccountTag = 2 << 3;
    private const uint SymbolTag = 3 << 3;
    private const uint BidTag = 4 << 3;
    private const uint AskTag = 5 << 3;
    private const uint TimestampTag = 8 << 3;

    /// <summary>Whether the bid is there.</summary>
    public bool HasBid => (Parts & SpotParts.Bid) != SpotParts.None;

    /// <summary>Whether the ask is there.</summary>
    public bool HasAsk => (Parts & SpotParts.Ask) != SpotParts.None;

    /// <summary>Whether the server's time is there.</summary>
    public bool HasTimestamp => (Parts & SpotParts.Timestamp) != SpotParts.None;

    /// <summary>Decodes the payload of a spot event. False when it is not protobuf or names no symbol.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, out SpotQuote quote)
    {
        long account = 0;
        long? symbol = null;
        ulong bid = 0;
        ulong ask = 0;
        long timestamp = 0;
        var parts = SpotParts.None;
        var reader = new WireReader(payload);
        while (!reader.AtEnd)
        {
            ulong value = 0;
            var read =
                reader.TryReadTag(out var tag)
                && (IsKnown(tag) ? reader.TryReadVarint(out value) : reader.TrySkip(tag));
            if (!read)
            {
                quote = default;
                return false;
            }

            switch (tag)
            {
                case AccountTag:
                    account = (long)value;
                    break;
                case SymbolTag:
                    symbol = (long)value;
                    break;
                case BidTag:
                    bid = value;
                    parts |= SpotParts.Bid;
                    break;
                case AskTag:
                    ask = value;
                    parts |= SpotParts.Ask;
                    break;
                case TimestampTag:
                    timestamp = (long)value;
                    parts |= SpotParts.Timestamp;
                    break;
            }
        }

        quote = new SpotQuote(account, symbol.GetValueOrDefault(), bid, ask, timestamp, parts);
        return symbol.HasValue;
    }

    private static bool IsKnown(uint tag) => tag is AccountTag or SymbolTag or BidTag or AskTag or TimestampTag;
}
