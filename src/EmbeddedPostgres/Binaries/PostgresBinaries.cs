using System.Text.RegularExpressions;
using Trading.EmbeddedPostgres.Processes;

namespace Trading.EmbeddedPostgres.Binaries;

/// <summary>A folder that holds the server's programs, and the version they are of.</summary>
internal sealed partial record PostgresBinaries(string Folder, Version Version)
{
    /// <summary>The oldest major version that is supported.</summary>
    public const int OldestMajor = 15;

    public string InitDb => Program(Folder, "initdb");

    public string PgCtl => Program(Folder, "pg_ctl");

    /// <summary>Asks the programs in a folder for their version; null when the folder holds no complete server.</summary>
    public static async Task<PostgresBinaries?> ProbeAsync(string folder, CancellationToken cancellation)
    {
        var postgres = Program(folder, "postgres");
        if (
            !File.Exists(postgres)
            || !File.Exists(Program(folder, "initdb"))
            || !File.Exists(Program(folder, "pg_ctl"))
        )
            return null;

        var outcome = await Command.RunAsync(postgres, ["--version"], cancellation);
        var match = VersionPattern().Match(outcome.Output);
        return outcome.Succeeded && match.Success && Version.TryParse(match.Groups["version"].Value, out var version)
            ? new PostgresBinaries(folder, version)
            : null;
    }

    /// <summary>The path of a program in a folder on this operating system.</summary>
    public static string Program(string folder, string name) =>
        Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    [GeneratedRegex(
        @"\(PostgreSQL\) (?<version>\d+\.\d+)",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex VersionPattern();
}
