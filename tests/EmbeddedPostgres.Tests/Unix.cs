using System.Diagnostics;
using System.Globalization;

namespace Trading.EmbeddedPostgres.Tests;

/// <summary>What tests do to processes behind their backs.</summary>
internal static class Unix
{
    /// <summary>Whether a process runs; one that ended and was not collected yet does not.</summary>
    public static bool IsAlive(int pid)
    {
        var status = $"/proc/{pid}/status";
        if (!Directory.Exists("/proc/self"))
            return Run("kill", "-0", pid.ToString(CultureInfo.InvariantCulture)) == 0;
        try
        {
            return !File.ReadAllLines(status).Any(l => l.StartsWith("State:\tZ", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static void Signal(string name, int pid) =>
        Run("kill", "-" + name, pid.ToString(CultureInfo.InvariantCulture));

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
