using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Market;

namespace Trading.Api.Live;

/// <summary>The live side of both environments.</summary>
internal sealed class Markets(TickHub demo, TickHub live)
{
    /// <summary>The hub of an environment.</summary>
    public TickHub Of(BrokerEnvironment environment) => environment == BrokerEnvironment.Live ? live : demo;

    /// <summary>The newest quotes of an environment.</summary>
    public Func<SymbolName, Quote?> QuotesOf(BrokerEnvironment environment)
    {
        var ring = Of(environment).Ring;
        return symbol => ring.Newest(symbol) is { } newest ? new Quote(newest.Tick.Bid, newest.Tick.Ask) : null;
    }
}
