using System.Diagnostics;
using Trading.TestKit;

namespace Trading.EmbeddedPostgres.Tests;

/// <summary>Another process that owns a cluster, so that a test can kill it.</summary>
internal sealed class OwnerProcess : IDisposable
{
    private readonly Process process;
    private readonly string folder;

    private OwnerProcess(Process process, string folder, string connectionString)
    {
        this.process = process;
        this.folder = folder;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    public static async Task<OwnerProcess> StartAsync(
        string folder,
        string? workingFolder = null,
        bool leadsGroup = false
    )
    {
        string[] command = [.. leadsGroup ? ["setsid"] : Array.Empty<string>(), "dotnet"];
        var description = new ProcessStartInfo(
            command[0],
            [.. command[1..], typeof(TestCluster).Assembly.Location, folder]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = workingFolder ?? "",
        };
        var started = Process.Start(description) ?? throw new InvalidOperationException("Not started");
        var line = await started.StandardOutput.ReadLineAsync();
        return line?.Split(' ', 2) is ["ready", var connectionString]
            ? new OwnerProcess(started, folder, connectionString)
            : throw new InvalidOperationException($"The owner said: {line}");
    }

    /// <summary>Kills the owner alone; its watchdog sees to the server.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Kills whatever is in the owner's process group, as a terminal's or a supervisor's last word does.</summary>
    public void KillWithGroup()
    {
        Unix.SignalGroup("KILL", process.Id);
        process.WaitForExit();
    }

    /// <summary>Kills the owner with all that it has started, as .NET kills a tree of processes.</summary>
    public void KillWithChildren()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    /// <summary>Kills the watchdog first and then the owner, so that the server lingers.</summary>
    public void KillWithWatchdog()
    {
        foreach (var watchdog in Unix.PidsOf(line => line.Contains(folder) && line.Contains("owner.dead")))
            Unix.Signal("KILL", watchdog);
        Kill();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }
}
