using System.Threading.Channels;
using Trading.Domain;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Simulation.Audit;
using Trading.Simulation.Scheduling;

namespace Trading.Simulation.Broker;

/// <summary>The broker as one process reaches it. The auditor watches what is asked of each link.</summary>
internal sealed class SimulatedBroker(
    Strand strand,
    BrokerServer server,
    Auditor auditor,
    LinkHabits habits,
    Random random
) : IBrokerLinkFactory
{
    /// <inheritdoc/>
    public string Broker => "ctrader";

    /// <inheritdoc/>
    public IBrokerLink Open(LinkSettings settings, ITickSink ticks)
    {
        var account = server.Accounts[settings.Account.Value];
        var link = new SimulatedLink(strand, server, account, settings, ticks, habits, new Random(random.Next()));
        auditor.Links.Opened(strand.Name, account, settings, link);
        return habits.KeepsTickHistory
            ? new WithHistory(strand, server, account, link, auditor)
            : new Watched(strand, account, link, auditor);
    }

    private class Watched(Strand strand, BrokerAccount account, SimulatedLink link, Auditor auditor) : IBrokerLink
    {
        public ChannelReader<BrokerReport> Reports => link.Reports;

        public void Want(IReadOnlySet<SymbolName> symbols)
        {
            auditor.Links.Wanted(strand.Name, account, symbols);
            link.Want(symbols);
        }

        public void CredentialsStored(BrokerCredentials credentials)
        {
            auditor.Links.Confirmed(strand.Name, account, credentials);
            link.CredentialsStored(credentials);
        }

        public ValueTask DisposeAsync() => link.DisposeAsync();
    }

    private sealed class WithHistory(
        Strand strand,
        BrokerServer server,
        BrokerAccount account,
        SimulatedLink link,
        Auditor auditor
    ) : Watched(strand, account, link, auditor), IBrokerTickHistory
    {
        private readonly Strand _strand = strand;
        private readonly BrokerAccount _account = account;
        private readonly SimulatedLink _link = link;

        public async Task<PastTicks> ReadTicksAsync(
            Tick before,
            long fromMs,
            long toMs,
            int most,
            Action beat,
            CancellationToken cancellation
        )
        {
            // Asked and answered beside the news: the broker's own limit for history is what makes it slow.
            await Task.Delay(TimeSpan.FromMilliseconds(200), _strand.Time, cancellation);
            beat();
            return _link.IsDisposed
                ? new PastTicks.Unavailable()
                : new PastTicks.Found(server.Past(_account.Environment, before.Symbol, fromMs, toMs));
        }
    }
}
