using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Trading.Tools.Tests;

/// <summary>What a run of <c>trading-tools</c> left behind.</summary>
public sealed record ToolRun(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<string> Lines { get; } = Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public IReadOnlyList<JsonElement> Objects => [.. Lines.Select(line => JsonDocument.Parse(line).RootElement)];
}

/// <summary>Runs the real program in a process of its own.</summary>
internal static class ToolProcess
{
    private const int Interrupt = 2;
    private const int Killed = 9;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    public static async Task<ToolRun> RunAsync(params string[] args)
    {
        using var process = Start(args);
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
    public static Process Start(params string[] args)
    {
        var start = new ProcessStartInfo(IgnoresInterrupts() ? "env" : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        // Whatever the machine's own settings are, a test names its database itself.
        start.Environment.Remove("TRADING_POSTGRES");
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
