using Trading.EmbeddedPostgres.Processes;
using Trading.EmbeddedPostgres.Storage;

namespace Trading.EmbeddedPostgres;

/// <summary>A cluster as it is found in its folder, whoever owns it. Looking at it changes nothing.</summary>
public sealed class ClusterPlace
{
    private readonly PostmasterFile? _server;

    private ClusterPlace(string folder, string root)
    {
        Folder = folder;
        Root = root;
        _server = PostmasterFile.Read(DataFolder) is { } written && written.IsServerOf(DataFolder) ? written : null;
    }

    /// <summary>The folder that was named: <see cref="EmbeddedPostgresOptions.Folder"/>.</summary>
    public string Folder { get; }

    /// <summary>Where its files are.</summary>
    public string Root { get; }

    /// <summary>PostgreSQL's own data folder.</summary>
    public string DataFolder => Path.Combine(Root, ClusterFolder.DataName);

    /// <summary>Its files are not below the folder that was named.</summary>
    public bool IsElsewhere => !Root.StartsWith(Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>A server runs on it.</summary>
    public bool IsRunning => _server is not null;

    /// <summary>A server runs on it, and said that it accepts connections.</summary>
    public bool IsReady => _server is { Ready: true, Port: > 0 };

    /// <summary>The cluster of a folder; null when it holds none.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It belongs to another user.</exception>
    public static ClusterPlace? Find(string folder)
    {
        var asked = Path.GetFullPath(folder);
        return ClusterFolder.RootOf(asked) is { } root ? new(asked, root) : null;
    }

    /// <summary>A connection string of the superuser for a database of the running server. It holds the password: never log it.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is not ready.</exception>
    /// <exception cref="IOException">The password cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The cluster belongs to another user.</exception>
    public string ConnectionString(string database) =>
        _server is { Ready: true, Port: > 0 } server
            ? EmbeddedPostgresCluster.ConnectionString(
                server.Port,
                File.ReadAllText(Path.Combine(Root, ClusterFolder.PasswordName)).Trim(),
                database
            )
            : throw new InvalidOperationException($"The PostgreSQL in {Root} is not ready.");
}
