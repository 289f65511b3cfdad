using System.Diagnostics;
using Trading.Bench.Harness;

namespace Trading.Bench.Peers;

/// <summary>Others' Node packages, installed by npm into the run's folder. Where npm or the packages are missing, a row has
/// no peer and says so.</summary>
internal sealed class NodePeers
{
    private readonly string _folder;

    private NodePeers(string folder) => _folder = folder;

    /// <summary>Installs the peers, once in a folder.</summary>
    /// <exception cref="PeerMissingException">npm is not there or cannot install them.</exception>
    public static async Task<NodePeers> InstallAsync(BenchRun run, CancellationToken cancellation)
    {
        var folder = Path.Combine(run.Folder, "peers");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "peers")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        if (!Directory.Exists(Path.Combine(folder, "node_modules", "ws")))
        {
            using var npm = Start("npm", folder, ["install", "--no-audit", "--no-fund", "--silent"]);
            var said = await npm.StandardOutput.ReadToEndAsync(cancellation);
            await npm.WaitForExitAsync(cancellation);
            if (npm.ExitCode != 0)
            {
                throw new PeerMissingException($"npm could not install the peers: {said}");
            }
        }

        return new(folder);
    }

    /// <summary>Starts a peer; its standard output and input are the caller's.</summary>
    public Process Run(string script, params string[] args) => Start("node", _folder, [script, .. args]);

    private static Process Start(string program, string folder, IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        try
        {
            return Process.Start(start) ?? throw new PeerMissingException($"{program} did not start.");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new PeerMissingException($"{program} is not installed: {missing.Message}");
        }
    }
}

/// <summary>A peer cannot be measured on this machine.</summary>
internal sealed class PeerMissingException(string message) : Exception(message);
