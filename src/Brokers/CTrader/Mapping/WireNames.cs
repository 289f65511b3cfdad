using System.Collections.Frozen;
using Google.Protobuf.Reflection;
using Trading.Brokers.CTrader.Connection;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Mapping;

/// <summary>
/// The broker's names of enum values, as our events spell them: lower case. A number that nobody knows gets a name of
/// its own instead of stopping the message it stands in.
/// </summary>
internal sealed class WireNames
{
    /// <summary>Kinds of order.</summary>
    public static readonly WireNames OrderType = new("ProtoOAOrderType");

    /// <summary>How long orders work.</summary>
    public static readonly WireNames TimeInForce = new("ProtoOATimeInForce");

    /// <summary>How executions end.</summary>
    public static readonly WireNames DealStatus = new("ProtoOADealStatus");

    /// <summary>Kinds of account.</summary>
    public static readonly WireNames AccountType = new("ProtoOAAccountType");

    /// <summary>What the owner may do.</summary>
    public static readonly WireNames AccessRights = new("ProtoOAAccessRights");

    /// <summary>Reasons of cash movements.</summary>
    public static readonly WireNames BalanceOperation = new("ProtoOAChangeBalanceType");

    private readonly FrozenDictionary<int, string> _names;

    private WireNames(string enumName) =>
        _names = ModelReflection
            .Descriptor.FindTypeByName<EnumDescriptor>(enumName)
            .Values.ToFrozenDictionary(value => value.Number, value => value.Name.ToLowerInvariant());

    /// <summary>The name of a value.</summary>
    public string Of(int number)
    {
        if (_names.TryGetValue(number, out var name))
        {
            return name;
        }

        LinkMetrics.Skip("enum value");
        return $"unknown_{number}";
    }
}
