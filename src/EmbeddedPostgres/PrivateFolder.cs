using Trading.EmbeddedPostgres.Processes;

namespace Trading.EmbeddedPostgres;

/// <summary>Folders that are nobody's business but their owner's.</summary>
public static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes a folder, and those above it that are missing, for its owner alone (0700). One that exists stays as it
    /// is.</summary>
    /// <exception cref="IOException">It cannot be made; the message says which and why.</exception>
    public static void Create(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, OwnerOnly);
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The folder {path} cannot be made: {refused.Message}", refused);
        }
    }

    /// <summary>The same for a folder that is to hold a private PostgreSQL. For root, which PostgreSQL does not run as, the group
    /// of the user that it does run as may pass through (0710), and neither look nor write.</summary>
    /// <exception cref="IOException">It cannot be made; the message says which and why.</exception>
    /// <exception cref="EmbeddedPostgresException">Running as root with nobody to hand over to.</exception>
    public static async Task CreateForPostgresAsync(string path, CancellationToken cancellation)
    {
        List<string> made = [];
        for (
            var folder = Path.GetFullPath(path);
            folder is not null && !Directory.Exists(folder);
            folder = Path.GetDirectoryName(folder)
        )
        {
            made.Add(folder);
        }

        Create(path);
        if (made.Count == 0 || OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return;
        }

        var runAs = await RunAs.ChooseAsync(cancellation);
        foreach (var folder in made)
        {
            if (await runAs.GiveToGroupAsync(folder, cancellation))
            {
                File.SetUnixFileMode(folder, OwnerOnly | UnixFileMode.GroupExecute);
            }
        }
    }
}
