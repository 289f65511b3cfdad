using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>A fact that needs pg_dump and pg_restore. A server from npm comes without them: where no others are installed the
/// fact says so and is skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DumpFactAttribute : FactAttribute
{
    public DumpFactAttribute()
    {
        if (Folder is null)
        {
            Skip = "pg_dump and pg_restore are not installed on this machine";
        }
    }

    /// <summary>Where both programs are; null when they are nowhere.</summary>
    public static string? Folder { get; } =
        Places().FirstOrDefault(folder => Has(folder, "pg_dump") && Has(folder, "pg_restore"));

    private static IEnumerable<string> Places() =>
        [
            Environment.GetEnvironmentVariable("TRADING_POSTGRES_BIN") ?? "",
            .. Directory.Exists("/usr/lib/postgresql")
                ? Directory.GetDirectories("/usr/lib/postgresql").Order().Reverse().Select(home => $"{home}/bin")
                : [],
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
        ];

    private static bool Has(string folder, string program) =>
        folder.Length > 0
        && File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? $"{program}.exe" : program));
}
