using System.Threading.Channels;
using Trading.Domain;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Simulation.Mutants;

/// <summary>Opens links with settings that were tampered with.</summary>
internal sealed class WrongSettings(IBrokerLinkFactory inner, Func<LinkSettings, LinkSettings> change)
    : IBrokerLinkFactory
{
    public string Broker => inner.Broker;

    public IBrokerLink Open(LinkSettings settings, ITickSink ticks) => inner.Open(change(settings), ticks);
}

/// <summary>Opens links that stay when they are closed.</summary>
internal sealed class StickyLinks(IBrokerLinkFactory inner) : IBrokerLinkFactory
{
    public string Broker => inner.Broker;

    public IBrokerLink Open(LinkSettings settings, ITickSink ticks) => new Sticky(inner.Open(settings, ticks));

    private sealed class Sticky(IBrokerLink inner) : IBrokerLink
    {
        public ChannelReader<BrokerReport> Reports => inner.Reports;

        public void Want(IReadOnlySet<SymbolName> symbols) => inner.Want(symbols);

        public void CredentialsStored(BrokerCredentials credentials) => inner.CredentialsStored(credentials);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Takes ticks nowhere.</summary>
internal sealed class NoTicks : ITickSink
{
    public ValueTask AcceptAsync(ReadOnlyMemory<Tick> ticks, CancellationToken cancellation) => default;
}
