using System.Diagnostics;
using System.Globalization;

namespace Trading.EmbeddedPostgres.Tests;

/// <summary>What tests see of processes and do to them behind their backs.</summary>
internal static class Unix
{
    /// <summary>Whether a process runs; one that ended and was not collected yet does not.</summary>
    public static bool IsAlive(int pid) => Run("ps", "-o", "stat=", "-p", Text(pid)) is [not 'Z', ..];

    public static void Signal(string name, int pid) => Run("kill", "-" + name, Text(pid));

    public static void SignalGroup(string name, int leader) => Run("kill", "-" + name, "--", "-" + Text(leader));

    /// <summary>Gives a folder and all that is in it to a user.</summary>
    public static void Own(string user, string folder) => Run("chown", "-R", user, folder);

    public static string OwnerOf(string path) => Run("stat", "-c", "%u", path).Trim();

    /// <summary>Removes a folder at which others are still at work: a file that comes while it goes is not its fault.</summary>
    public static void Remove(string folder) => Run("rm", "-rf", folder);

    /// <summary>The processes whose command line fulfils a condition.</summary>
    public static IReadOnlyList<int> PidsOf(Func<string, bool> condition) =>
        [
            .. Run("ps", "-ww", "-e", "-o", "pid=,args=")
                .Split('\n')
                .Where(condition)
                .Select(line => int.Parse(line.Trim().Split(' ')[0], CultureInfo.InvariantCulture)),
        ];

    private static string Run(string program, params string[] arguments)
    {
        using var process =
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} was not started");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
