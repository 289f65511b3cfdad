using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Trading.TestKit;

namespace Trading.Tools.Tests;

/// <summary>What a run of <c>trading-tools</c> left behind.</summary>
public sealed record ToolRun(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<string> Lines { get; } = Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public IReadOnlyList<JsonElement> Objects => [.. Lines.Select(line => JsonDocument.Parse(line).RootElement)];
}

/// <summary>Where the program runs.</summary>
internal sealed record Surroundings
{
    /// <summary>Its working folder; null for one that holds no settings.</summary>
    public string? Folder { get; init; }

    /// <summary>What its environment says beside what every program is told.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The master key in the environment.</summary>
    public static Surroundings WithKey(byte[] master) =>
        new()
        {
            Variables = new Dictionary<string, string> { ["TRADING_MASTER_KEY"] = Convert.ToBase64String(master) },
        };
}

/// <summary>Runs the real program in a process of its own.</summary>
internal static class ToolProcess
{
    private const int Interrupt = 2;
    private const int Killed = 9;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    public static Task<ToolRun> RunAsync(params string[] args) => RunAsync(new Surroundings(), args);

    /// <summary>A run in a folder and an environment of the test's own.</summary>
    public static async Task<ToolRun> RunAsync(Surroundings surroundings, params string[] args)
    {
        using var process = Start(surroundings, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>Ctrl-C, and what becomes of a run that must not take long to notice. Nobody has read its output yet.</summary>
    public static Task<ToolRun> InterruptAsync(Process process) => SignalAsync(process, Interrupt);

    /// <summary>The end without a warning.</summary>
    public static Task<ToolRun> KillAsync(Process process) => SignalAsync(process, Killed);

    /// <summary>A run whose output the test reads itself.</summary>
    public static Process Start(params string[] args) => Start(new Surroundings(), args);

    private static Process Start(Surroundings surroundings, string[] args)
    {
        var start = new ProcessStartInfo(IgnoresInterrupts() ? "env" : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = surroundings.Folder ?? Path.GetTempPath(),
        };
        // Whatever the machine's own settings are, a test names its database and its keys itself.
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in surroundings.Variables)
        {
            start.Environment[name] = value;
        }

        if (start.FileName == "env")
        {
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add("dotnet");
        }

        start.ArgumentList.Add(typeof(Trading.Tools.ToolException).Assembly.Location);
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
    }

    private static bool IsSetting(string name) =>
        name.StartsWith("TRADING_", StringComparison.Ordinal) && name != TestCluster.Variable;

    private static async Task<ToolRun> SignalAsync(Process process, int signal)
    {
        if (Signal(process.Id, signal) != 0)
        {
            throw new InvalidOperationException("The process is gone already.");
        }

        await process.WaitForExitAsync().WaitAsync(Soon);
        return new(
            process.ExitCode,
            await process.StandardOutput.ReadToEndAsync(),
            await process.StandardError.ReadToEndAsync()
        );
    }

    // What a shell runs in its background has Ctrl-C switched off, and so would all that it starts.
    private static bool IgnoresInterrupts() =>
        OperatingSystem.IsLinux()
        && File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))
            is var ignored
        && (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & (1UL << (Interrupt - 1))) != 0;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Signal(int process, int signal);
}
