namespace Trading.Brokers.CTrader.Connection;

/// <summary>What can go wrong with a connection itself.</summary>
internal enum LinkFaultKind
{
    /// <summary>The address does not answer.</summary>
    Unreachable,

    /// <summary>The certificate does not prove that this is the broker.</summary>
    CertificateRefused,

    /// <summary>The other side closed.</summary>
    Closed,

    /// <summary>Nothing arrives any more although something should.</summary>
    Silent,

    /// <summary>What arrives is not the protocol.</summary>
    BadFrame,

    /// <summary>We closed it.</summary>
    Released,
}

/// <summary>Why a connection could not be made, or ended.</summary>
/// <param name="Kind">The kind, to branch on.</param>
/// <param name="Detail">Words for people.</param>
internal sealed record LinkFault(LinkFaultKind Kind, string Detail)
{
    /// <summary>What the broker refused right before the end, and so most likely why; null when it said nothing.</summary>
    public BrokerError? LastWord { get; init; }

    /// <summary>The code of prices that have died while the broker still answers.</summary>
    public const string PricesSilent = "PRICES_SILENT";

    /// <summary>A loss of this code means that the broker said nothing, rather than something unwelcome.</summary>
    public static bool IsSilence(string code) => code is "LINK_SILENT" or PricesSilent or BrokerError.TimedOutCode;

    /// <summary>The name under which the fault is reported.</summary>
    public string Code =>
        Kind switch
        {
            LinkFaultKind.Unreachable => "LINK_UNREACHABLE",
            LinkFaultKind.CertificateRefused => "LINK_CERTIFICATE_REFUSED",
            LinkFaultKind.Closed => "LINK_CLOSED",
            LinkFaultKind.Silent => "LINK_SILENT",
            LinkFaultKind.BadFrame => "LINK_BAD_FRAME",
            _ => "LINK_RELEASED",
        };
}
