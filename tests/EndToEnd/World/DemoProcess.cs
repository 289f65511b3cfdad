using System.Collections.Concurrent;
using System.Diagnostics;
using Trading.TestKit;

namespace Trading.EndToEnd.World;

/// <summary>The demo as a new user starts it, in a data folder of the test's.</summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    private static readonly TimeSpan UpWithin = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private DemoProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it says on the terminal.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>What it wrote for scripts to source.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; private set; } = new Dictionary<string, string>();

    public HttpClient Http { get; } = new();

    /// <summary>Starts it without any configuration and waits until it says what to try.</summary>
    public static async Task<DemoProcess> StartAsync(string data)
    {
        var demo = new DemoProcess(Start(data, port: 0));
        await Eventually.Be(
            () =>
                demo._process.HasExited
                    ? throw new InvalidOperationException(demo.Output)
                    : demo.Output.Contains("Try in another terminal", StringComparison.Ordinal),
            UpWithin
        );
        demo.Variables = File.ReadLines(Path.Combine(data, "demo.env"))
            .Select(line => line.Split('=', 2))
            .ToDictionary(parts => parts[0], parts => parts[1]);
        return demo;
    }

    /// <summary>A start that cannot succeed: its exit code, and what it says on standard error.</summary>
    public static async Task<(int Code, string Said)> TryAsync(string data, int port)
    {
        using var process = Start(data, port);
        var (said, shown) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(UpWithin);
        return (process.ExitCode, await shown + await said);
    }

    private static Process Start(string data, int port)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Trading.Demo.dll"), $"--port={port}", $"--data={data}"]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsOurs).ToArray())
        {
            start.Environment.Remove(name);
        }

        return Process.Start(start) ?? throw new InvalidOperationException("It did not start.");
    }

    /// <summary>SIGTERM, and its exit code.</summary>
    public async Task<int> StopAsync()
    {
        ServiceProcess.Terminate(_process);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static bool IsOurs(string name) =>
        name.StartsWith("TRADING_", StringComparison.Ordinal)
        || name.StartsWith("CTRADER_", StringComparison.Ordinal)
        || name.StartsWith("SUPABASE_", StringComparison.Ordinal)
        || name is "PORT" or "HOST" or "WS_PORT";
}
