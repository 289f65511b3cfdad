using Trading.Sandbox.CTrader;

namespace Trading.Sandbox.Tests.Support;

/// <summary>A sandbox of its own for each test, quiet unless the test wants prices.</summary>
public abstract class SandboxTest : IAsyncLifetime
{
    private readonly List<WireClient> _clients = [];

    private protected CTraderSandbox Sandbox { get; private set; } = null!;

    public virtual async Task InitializeAsync() => Sandbox = await CTraderSandbox.StartAsync(Options);

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await Sandbox.DisposeAsync();
    }

    private protected virtual CTraderSandboxOptions Options => new() { WalkUpdatesPerSecond = 0, Rollover = false };

    private protected async Task<WireClient> ConnectAsync() => Keep(await WireClient.ConnectAsync(Sandbox));

    private protected async Task<WireClient> LogInAsync() => Keep(await WireClient.LogInAsync(Sandbox));

    private protected WireClient Keep(WireClient client)
    {
        _clients.Add(client);
        return client;
    }
}
