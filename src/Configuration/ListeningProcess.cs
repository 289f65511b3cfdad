using System.Globalization;

namespace Trading.Configuration;

/// <summary>The program behind a listening port, as Linux tells it to whoever may know; elsewhere nobody is known.</summary>
public static class ListeningProcess
{
    // The columns of /proc/net/tcp: local address, state, inode (Linux, Documentation/networking/proc_net_tcp.rst).
    private const int LocalColumn = 1;
    private const int StateColumn = 3;
    private const int InodeColumn = 9;
    private const string Listening = "0A";

    /// <summary>Its name and process id, such as <c>dotnet Trading.Demo.dll (pid 4711)</c>; null when it cannot be told.</summary>
    public static string? On(int port)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var sockets = InodesOf(port).Select(inode => $"socket:[{inode}]").ToHashSet(StringComparer.Ordinal);
        return sockets.Count == 0
            ? null
            : Directory
                .EnumerateDirectories("/proc")
                .Where(folder => Path.GetFileName(folder).All(char.IsAsciiDigit) && Holds(folder, sockets))
                .Select(Describe)
                .FirstOrDefault();
    }

    private static IEnumerable<string> InodesOf(int port)
    {
        var suffix = port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var file in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            foreach (var line in LinesOf(file).Skip(1))
            {
                var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (
                    columns.Length > InodeColumn
                    && columns[StateColumn] == Listening
                    && columns[LocalColumn].EndsWith($":{suffix}", StringComparison.Ordinal)
                )
                {
                    yield return columns[InodeColumn];
                }
            }
        }
    }

    private static string[] LinesOf(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool Holds(string process, HashSet<string> sockets)
    {
        try
        {
            return Directory
                .EnumerateFiles(Path.Combine(process, "fd"))
                .Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(Path.GetFileName(target)));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Of a program that another one runs, such as dotnet or java, the file it runs says more.
    private static string? Describe(string process)
    {
        try
        {
            var words = File.ReadAllText(Path.Combine(process, "cmdline"))
                .Split('\0', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                return null;
            }

            var runs = words.Skip(1).FirstOrDefault(word => word.EndsWith(".dll", StringComparison.OrdinalIgnoreCase));
            var name = Path.GetFileName(words[0].Split(' ')[0]);
            return $"{name}{(runs is null ? "" : $" {Path.GetFileName(runs)}")} (pid {Path.GetFileName(process)})";
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
