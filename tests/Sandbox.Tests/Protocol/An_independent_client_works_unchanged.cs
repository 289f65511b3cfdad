using System.Diagnostics;
using System.Text.Json;
using Trading.Sandbox.CTrader;
using Trading.Sandbox.Tests.Support;
using Trading.TestKit;

namespace Trading.Sandbox.Tests.Protocol;

public sealed class An_independent_client_works_unchanged
{
    [NpmFact]
    public async Task It_logs_in_lists_symbols_decodes_ticks_and_trades()
    {
        using var folder = new TemporaryFolder();
        await using var sandbox = await CTraderSandbox.StartAsync(
            new CTraderSandboxOptions { CaPath = folder.File("ca.pem"), WalkUpdatesPerSecond = 50 }
        );
        var source = Path.Combine(SharedData.Repository, "tests", "Sandbox.Tests", "npm");

        var output = await RunAsync(
            "node",
            [Path.Combine(source, "drive.mjs")],
            folder.Path,
            new Dictionary<string, string>
            {
                ["NODE_EXTRA_CA_CERTS"] = sandbox.CaPath!,
                ["SANDBOX_PORT"] = $"{sandbox.Port}",
                ["CLIENT_FOLDER"] = await InstallAsync(source),
            }
        );

        var seen = JsonDocument.Parse(output.Split('\n').Last(line => line.StartsWith('{'))).RootElement;
        seen.GetProperty("accounts").EnumerateArray().Select(a => a.GetString()).Should().Equal("5150705", "5150706");
        seen.GetProperty("symbols").GetInt32().Should().BeGreaterThan(100);
        seen.GetProperty("lotSize").GetString().Should().Be("10000000");
        seen.GetProperty("spots")[0].GetProperty("bid").GetString().Should().Be("109000");
        seen.GetProperty("spots")
            .EnumerateArray()
            .Should()
            .OnlyContain(s => s.GetProperty("timestamp").GetString() != null);
        seen.GetProperty("opened").GetString().Should().Be("POSITION_STATUS_OPEN");
        seen.GetProperty("closed").GetString().Should().Be("POSITION_STATUS_CLOSED");
        seen.GetProperty("positions").GetInt32().Should().Be(2);
        seen.GetProperty("bars").GetInt32().Should().Be(5);
        seen.GetProperty("refused").GetString().Should().Be("INVALID_REQUEST");
        var balance = sandbox.Control.Account(5_150_705).Balance;
        seen.GetProperty("balance").GetString().Should().Be($"{balance * 100m:0}", "both sides agree to the cent");
    }

    /// <summary>Installs the client once into a folder of the build, by the committed lock.</summary>
    private static async Task<string> InstallAsync(string source)
    {
        var folder = Path.Combine(SharedData.Repository, "artifacts", "npm", "sandbox-proof");
        if (!File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
        {
            Directory.CreateDirectory(folder);
            foreach (var file in new[] { "package.json", "package-lock.json" })
            {
                File.Copy(Path.Combine(source, file), Path.Combine(folder, file), overwrite: true);
            }

            await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder, []);
        }

        return folder;
    }

    private static async Task<string> RunAsync(
        string program,
        string[] arguments,
        string folder,
        Dictionary<string, string> environment
    )
    {
        var start = new ProcessStartInfo(NpmFactAttribute.Find(program)!, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        process.ExitCode.Should().Be(0, await errors);
        return await output;
    }
}
