using Trading.Domain.Events;

namespace Trading.Api.Live;

/// <summary>The live side of both environments.</summary>
internal sealed class Markets(TickFloor demo, TickFloor live)
{
    /// <summary>What tick sessions of an environment share.</summary>
    public TickFloor Of(BrokerEnvironment environment) => environment == BrokerEnvironment.Live ? live : demo;

    /// <summary>Both.</summary>
    public IReadOnlyList<TickFloor> All { get; } = [demo, live];
}
