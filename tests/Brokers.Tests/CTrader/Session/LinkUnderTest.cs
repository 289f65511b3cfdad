using Trading.Brokers.CTrader;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.Tests.CTrader.Peer;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Brokers.Tests.CTrader.Session;

/// <summary>A link on its way to a scripted broker.</summary>
internal sealed class LinkUnderTest : RecordedLink
{
    private readonly TestAuthority _authority = new();

    public LinkUnderTest()
    {
        Broker = new ScriptedBroker(_authority.Issue());
        Account.Serve(Broker);
    }

    public ScriptedBroker Broker { get; }

    public DemoAccount Account { get; } = new();

    public LinkUnderTest Open(
        DateTimeOffset? since = null,
        string[]? symbols = null,
        BrokerCredentials? credentials = null,
        string secret = "secret",
        string account = "4711",
        LinkTimings? timings = null
    )
    {
        Open(
            new CTraderSettings
            {
                ClientId = "app",
                ClientSecret = secret,
                DemoHost = "localhost",
                Port = Broker.Port,
                CaFile = _authority.PemFile,
            },
            new LinkSettings
            {
                Environment = BrokerEnvironment.Demo,
                Account = new AccountId(account),
                Credentials = credentials ?? new BrokerCredentials("access-1", "refresh-1", null),
                RecoverSince = since,
                Symbols = (symbols ?? []).Select(name => new SymbolName(name)).ToHashSet(),
            },
            timings ?? Hasty
        );
        return this;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Broker.DisposeAsync();
        _authority.Dispose();
    }
}
