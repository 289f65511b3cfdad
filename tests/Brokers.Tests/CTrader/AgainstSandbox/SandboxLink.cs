using Trading.Brokers.CTrader;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.Tests.CTrader.Session;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Sandbox.CTrader;
using Trading.Sandbox.CTrader.Control;
using Trading.TestKit;

namespace Trading.Brokers.Tests.CTrader.AgainstSandbox;

/// <summary>A link on its way to a sandbox of its own.</summary>
internal sealed class SandboxLink : RecordedLink
{
    public const long Number = 6_000_001;

    private readonly string _folder = Directory.CreateTempSubdirectory("link").FullName;
    private CTraderSandbox? _sandbox;

    public CTraderSandbox Sandbox => _sandbox ?? throw new InvalidOperationException("Not started.");

    public SandboxControl Control => Sandbox.Control;

    public Trading.Sandbox.CTrader.Control.AccountState Account => Control.Account(Number);

    /// <summary>A path inside the test's own folder.</summary>
    public string File(string name) => Path.Combine(_folder, name);

    public async Task<SandboxLink> OpenAsync(
        string[]? symbols = null,
        Func<CTraderSandboxOptions, CTraderSandboxOptions>? change = null,
        BrokerCredentials? credentials = null,
        LinkTimings? timings = null
    )
    {
        var options = new CTraderSandboxOptions
        {
            CaPath = File("ca.pem"),
            Users = DefaultWorld.Traders(2),
            AlwaysOpen = true,
            Rollover = false,
            WalkUpdatesPerSecond = 0,
            Seed = Seeded.Seed,
        };
        _sandbox = await CTraderSandbox.StartAsync(change?.Invoke(options) ?? options);
        Open(
            new CTraderSettings
            {
                ClientId = options.ClientId,
                ClientSecret = options.ClientSecret,
                DemoHost = "localhost",
                Port = _sandbox.Port,
                CaFile = options.CaPath,
            },
            new LinkSettings
            {
                Environment = BrokerEnvironment.Demo,
                Account = new AccountId(Number.ToString()),
                Credentials =
                    credentials ?? new BrokerCredentials("trader-1-access-token", "trader-1-refresh-token", null),
                RecoverSince = TimeProvider.System.GetUtcNow().AddDays(-1),
                Symbols = (symbols ?? []).Select(name => new SymbolName(name)).ToHashSet(),
            },
            timings ?? Hasty
        );
        return this;
    }

    /// <summary>The symbols that the sandbox streams to the link.</summary>
    public IReadOnlyList<string> Subscribed() =>
        Control.Links.Connections().LastOrDefault()?.Sessions.FirstOrDefault()?.Symbols ?? [];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_sandbox is not null)
        {
            await _sandbox.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
