using Trading.Sandbox.CTrader;

namespace Trading.Demo;

/// <summary>The broker of the demo: a cTrader sandbox on loopback.</summary>
internal static class DemoSandbox
{
    /// <summary>The access token of the demo user's consent.</summary>
    public const string AccessToken = "demo-access-token";

    /// <summary>Starts it. Its certificate is written into the data folder for the service to trust.</summary>
    public static Task<CTraderSandbox> StartAsync(DemoOptions options, CancellationToken cancellation)
    {
        var run = NextRun(options.File("sandbox.run"));
        return CTraderSandbox.StartAsync(
            new()
            {
                Prices = options.Prices,
                Speed = options.Speed,
                Seed = run,
                CaPath = options.File("sandbox-ca.pem"),
                KeyDirectory = options.File("sandbox-keys"),
                AlwaysOpen = true,
                Users = [.. DefaultWorld.Users.Select(user => OfRun(user, run))],
            },
            cancellation
        );
    }

    /// <summary>The account the demo user starts with.</summary>
    public static SandboxAccount AccountOf(int run) => OfRun(DefaultWorld.Users[0], run).Accounts[0];

    /// <summary>How often the sandbox has been started on this data folder.</summary>
    public static int RunOf(DemoOptions options) => int.Parse(File.ReadAllText(options.File("sandbox.run")));

    // The sandbox keeps nothing: after a restart its balances, orders and ids begin anew. Under the old account numbers
    // that would contradict what the journal knows, so each run opens new demo accounts, as a broker would.
    private static SandboxUser OfRun(SandboxUser user, int run) =>
        user with
        {
            Accounts = [.. user.Accounts.Select(account => account with { Id = account.Id + (run - 1) * 1_000L })],
        };

    private static int NextRun(string path)
    {
        var run = File.Exists(path) && int.TryParse(File.ReadAllText(path), out var last) ? last + 1 : 1;
        File.WriteAllText(path, run.ToString());
        return run;
    }
}
