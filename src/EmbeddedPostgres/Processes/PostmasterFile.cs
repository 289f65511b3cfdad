using System.Diagnostics;
using System.Globalization;

namespace Trading.EmbeddedPostgres.Processes;

/// <summary>What <c>postmaster.pid</c> tells about the server of a data folder.</summary>
/// <param name="Pid">The server's process.</param>
/// <param name="Port">Its TCP port; 0 when it had not got that far.</param>
/// <param name="Ready">Whether it said that it accepts connections.</param>
internal sealed record PostmasterFile(int Pid, int Port, bool Ready)
{
    private const int PortLine = 3;
    private const int StatusLine = 7;

    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "postmaster.pid");

    /// <summary>Reads the file of a data folder; null when there is none.</summary>
    public static PostmasterFile? Read(string dataFolder)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(PathIn(dataFolder));
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        return lines.Length > 0 && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid)
            ? new PostmasterFile(
                pid,
                lines.Length > PortLine && int.TryParse(lines[PortLine], CultureInfo.InvariantCulture, out var port)
                    ? port
                    : 0,
                lines.Length > StatusLine && lines[StatusLine].Trim() == "ready"
            )
            : null;
    }

    /// <summary>Whether the process lives and is the server of this very data folder.</summary>
    public bool IsServerOf(string dataFolder)
    {
        if (!IsAlive())
            return false;

        // Pids come round again, in a container within minutes: the number alone proves nothing.
        var commandLine = $"/proc/{Pid}/cmdline";
        try
        {
            if (File.Exists(commandLine))
            {
                var words = File.ReadAllText(commandLine).Split('\0', StringSplitOptions.RemoveEmptyEntries);
                return words.Length > 0
                    && Path.GetFileName(words[0]).StartsWith("postgres", StringComparison.Ordinal)
                    && words.Contains(dataFolder, StringComparer.Ordinal);
            }

            using var process = Process.GetProcessById(Pid);
            return process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException)
        {
            // It ended while it was being looked at.
            return false;
        }
    }

    /// <summary>Whether any process has this pid.</summary>
    public bool IsAlive()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Ends the process without asking it.</summary>
    public void Kill()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // Gone meanwhile, which is what was wanted.
        }
    }

    /// <summary>
    /// Makes a file whose pid now belongs to another program harmless. The file is kept, since PostgreSQL learns from it
    /// which shared memory orphaned backends may still use; only the pid becomes our own, which PostgreSQL, as our
    /// child, knows not to be a rival.
    /// </summary>
    public static void DisownPid(string dataFolder)
    {
        var path = PathIn(dataFolder);
        var lines = File.ReadAllLines(path);
        lines[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        File.WriteAllLines(path, lines);
    }
}
