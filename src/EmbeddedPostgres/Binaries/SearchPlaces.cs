using System.Runtime.InteropServices;

namespace Trading.EmbeddedPostgres.Binaries;

/// <summary>Where binaries are looked for. A value, so that a test can describe a machine that has none.</summary>
internal sealed record SearchPlaces
{
    /// <summary>The environment variable that names the folder of the binaries.</summary>
    public const string Variable = "TRADING_POSTGRES_BIN";

    /// <summary>The folder somebody asked for: only it is looked at.</summary>
    public string? Asked { get; init; }

    /// <summary>The folders of <c>PATH</c>.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>The program that says where PostgreSQL is installed.</summary>
    public string? PgConfig { get; init; }

    /// <summary>The usual install folders, newest version first.</summary>
    public IReadOnlyList<string> InstallFolders { get; init; } = [];

    /// <summary>The program that can fetch binaries when there are none.</summary>
    public string? Npm { get; init; }

    /// <summary>The places of this machine.</summary>
    public static SearchPlaces OfThisMachine(string? asked) =>
        new()
        {
            Asked = NullWhenEmpty(asked) ?? NullWhenEmpty(Environment.GetEnvironmentVariable(Variable)),
            Path = Environment.GetEnvironmentVariable("PATH")?.Split(System.IO.Path.PathSeparator) ?? [],
            PgConfig = "pg_config",
            InstallFolders = [.. UsualFolders()],
            Npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm",
        };

    private static IEnumerable<string> UsualFolders()
    {
        string[] patterns;
        if (OperatingSystem.IsWindows())
        {
            var programs = Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles);
            patterns = [System.IO.Path.Combine(programs, "PostgreSQL", "*", "bin")];
        }
        else if (OperatingSystem.IsMacOS())
        {
            patterns =
            [
                RuntimeInformation.OSArchitecture == Architecture.Arm64
                    ? "/opt/homebrew/opt/postgresql@*/bin"
                    : "/usr/local/opt/postgresql@*/bin",
                "/Applications/Postgres.app/Contents/Versions/*/bin",
                "/Library/PostgreSQL/*/bin",
                "/opt/local/lib/postgresql*/bin",
            ];
        }
        else
        {
            patterns =
            [
                "/usr/lib/postgresql/*/bin",
                "/usr/pgsql-*/bin",
                "/usr/libexec/postgresql*",
                "/usr/lib/postgresql*/bin",
                "/opt/postgresql*/bin",
                "/usr/local/pgsql/bin",
                "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
            ];
        }

        return patterns.SelectMany(FolderPattern.Expand);
    }

    private static string? NullWhenEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
