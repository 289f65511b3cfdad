using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Trading.EmbeddedPostgres.Processes;

namespace Trading.EmbeddedPostgres.Storage;

/// <summary>
/// The folder of one cluster, owned by this process for as long as the object lives. The operating system gives the
/// ownership back when the process dies, however it dies.
/// </summary>
internal sealed class ClusterFolder : IDisposable
{
    /// <summary>The name of PostgreSQL's own folder.</summary>
    public const string DataName = "data";

    /// <summary>The name of the file with the superuser's password.</summary>
    public const string PasswordName = "superuser-password";

    private const string PlaceForUnreachable = "/var/lib/trading-postgres";
    private static readonly TimeSpan PatienceWithFormerOwner = TimeSpan.FromSeconds(2);

    private readonly FileStream ownership;

    private ClusterFolder(string asked, string root, FileStream ownership)
    {
        Asked = asked;
        Root = root;
        this.ownership = ownership;
    }

    /// <summary>The folder the caller named.</summary>
    public string Asked { get; }

    /// <summary>Where the files really are; owned by the user PostgreSQL runs as.</summary>
    public string Root { get; }

    /// <summary>PostgreSQL's own data folder.</summary>
    public string Data => Path.Combine(Root, DataName);

    /// <summary>Where a cluster is prepared, so that one half initialised is never taken for a whole one.</summary>
    public string Unfinished => Path.Combine(Root, "data.unfinished");

    public string PasswordFile => Path.Combine(Root, PasswordName);

    /// <summary>What the server says before its own log is open.</summary>
    public string StartLog => Path.Combine(Root, "start.log");

    /// <summary>Whoever renames or deletes this file decides what becomes of the server of a dead owner.</summary>
    public string OwnerToken => Path.Combine(Root, "owner");

    /// <summary>What the token is renamed to by the watchdog of a dead owner.</summary>
    public string ClaimedToken => Path.Combine(Root, "owner.dead");

    /// <summary>The file that says where the files are when they are not below the folder that was named.</summary>
    public string Location => LocationFile(Asked);

    /// <summary>The cache for binaries fetched with npm.</summary>
    public string BinariesCache => Path.Combine(Root, "binaries");

    /// <summary>The major version that wrote the data; null when there is none yet.</summary>
    public int? DataMajor()
    {
        var file = Path.Combine(Data, "PG_VERSION");
        return File.Exists(file) ? int.Parse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Takes ownership of a folder, creating it when needed.</summary>
    /// <exception cref="EmbeddedPostgresException">The folder cannot be written, or a living process owns it.</exception>
    public static async Task<ClusterFolder> OpenAsync(
        EmbeddedPostgresOptions options,
        RunAs runAs,
        CancellationToken cancellation
    )
    {
        var asked = Path.GetFullPath(options.Folder);
        var taken = await TakeAsync(asked, options.Clock, cancellation);
        try
        {
            var root = await ReachableRootAsync(asked, runAs, options.Logger, cancellation);
            return new ClusterFolder(asked, root, taken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await taken.DisposeAsync();
            throw NotWritable(asked, e);
        }
        catch
        {
            await taken.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the files of the cluster of a folder are; null when it holds none.</summary>
    public static string? RootOf(string asked)
    {
        var location = LocationFile(asked);
        if (File.Exists(location))
            return File.ReadAllText(location).Trim();
        var inside = InsideOf(asked);
        return Directory.Exists(inside) ? inside : null;
    }

    /// <summary>The superuser's password: made once, kept in a file only its owner can read.</summary>
    public async Task<string> PasswordAsync(CancellationToken cancellation)
    {
        if (File.Exists(PasswordFile))
            return (await File.ReadAllTextAsync(PasswordFile, cancellation)).Trim();

        var password = RandomNumberGenerator.GetHexString(48, lowercase: true);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(PasswordFile, options);
        await writer.WriteLineAsync(password.AsMemory(), cancellation);
        return password;
    }

    /// <summary>Deletes everything the cluster ever wrote.</summary>
    public void Delete()
    {
        if (Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
        File.Delete(LocationFile(Asked));
        File.Delete(OwnershipFile(Asked));
        if (!Directory.EnumerateFileSystemEntries(Asked).Any())
            Directory.Delete(Asked);
    }

    /// <summary>Gives up the ownership.</summary>
    public void Dispose() => ownership.Dispose();

    private static string OwnershipFile(string asked) => Path.Combine(asked, "owner.lock");

    private static string InsideOf(string asked) => Path.Combine(asked, "cluster");

    private static string LocationFile(string asked) => Path.Combine(asked, "location");

    private static async Task<FileStream> TakeAsync(string asked, TimeProvider clock, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(asked);
                return new FileStream(
                    OwnershipFile(asked),
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.None
                );
            }
            catch (UnauthorizedAccessException e)
            {
                throw NotWritable(asked, e);
            }
            catch (IOException e) when (!File.Exists(OwnershipFile(asked)))
            {
                throw NotWritable(asked, e);
            }
            catch (IOException e)
            {
                // A former owner that was killed a moment ago may still be on its way out.
                if (clock.GetElapsedTime(started) > PatienceWithFormerOwner)
                    throw new EmbeddedPostgresException(
                        EmbeddedPostgresFault.FolderInUse,
                        $"Another running process owns the PostgreSQL in {asked}. Stop it, or choose another data folder.",
                        e
                    );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, cancellation);
        }
    }

    private static async Task<string> ReachableRootAsync(
        string asked,
        RunAs runAs,
        ILogger logger,
        CancellationToken cancellation
    )
    {
        if (File.Exists(LocationFile(asked)))
        {
            var known = (await File.ReadAllTextAsync(LocationFile(asked), cancellation)).Trim();
            Directory.CreateDirectory(known);
            await OwnAloneAsync(known, runAs, cancellation);
            return known;
        }

        var root = InsideOf(asked);
        Directory.CreateDirectory(root);
        await OwnAloneAsync(root, runAs, cancellation);
        if (await runAs.CanEnterAsync(root, cancellation))
            return root;

        // Named at random and not after the folder: deleting the folder has to mean a fresh start.
        Directory.Delete(root);
        var moved = Path.Combine(PlaceForUnreachable, RandomNumberGenerator.GetHexString(16, lowercase: true));
        Directory.CreateDirectory(moved);
        await OwnAloneAsync(moved, runAs, cancellation);
        if (!await runAs.CanEnterAsync(moved, cancellation))
            throw new EmbeddedPostgresException(
                EmbeddedPostgresFault.FolderNotWritable,
                $"The user {runAs.User}, as whom PostgreSQL has to run, can reach neither {asked} nor {moved}. "
                    + "Choose a data folder whose parents are open to others (chmod o+x)."
            );
        await File.WriteAllTextAsync(LocationFile(asked), moved + "\n", cancellation);
        Log.DataMoved(logger, runAs.User ?? "", asked, moved);
        return moved;
    }

    private static async Task OwnAloneAsync(string folder, RunAs runAs, CancellationToken cancellation)
    {
        var data = Path.Combine(folder, DataName);
        if (Directory.Exists(data) && await runAs.StrangerOwningAsync(data, cancellation) is { } stranger)
            throw new EmbeddedPostgresException(
                EmbeddedPostgresFault.FolderNotWritable,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The PostgreSQL in {folder} belongs to the user with the id {stranger}, who could not use it any more after root has: run this as that user."
                )
            );
        await runAs.OwnFolderAsync(folder, cancellation);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static EmbeddedPostgresException NotWritable(string asked, Exception cause) =>
        new(
            EmbeddedPostgresFault.FolderNotWritable,
            $"The folder {asked} cannot be written: {cause.Message} Choose another data folder or change its permissions.",
            cause
        );
}
