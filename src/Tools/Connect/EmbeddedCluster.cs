using System.Globalization;
using Npgsql;

namespace Trading.Tools.Connect;

/// <summary>Finds the running private PostgreSQL of a data folder from the files it keeps there. It is only looked at:
/// starting and stopping it is its owner's business.</summary>
internal static class EmbeddedCluster
{
    private const string Superuser = "postgres";

    // The fourth line of postmaster.pid is the port (PostgreSQL, src/include/utils/pidfile.h).
    private const int PortLine = 3;

    /// <summary>The connection string of a database of the cluster.</summary>
    /// <exception cref="ToolException">There is no cluster, it does not run, or its files may not be read.</exception>
    public static async Task<string> ConnectionStringAsync(
        string dataFolder,
        string database,
        CancellationToken cancellation
    )
    {
        var root = await RootAsync(dataFolder, cancellation);
        var pidFile = Path.Combine(root, "data", "postmaster.pid");
        if (!File.Exists(pidFile))
        {
            throw new ToolException(
                $"The PostgreSQL of {dataFolder} is not running. Start the service that owns it "
                    + $"(./build.sh --target=Run --data={dataFolder}) and try again."
            );
        }

        try
        {
            var lines = await File.ReadAllLinesAsync(pidFile, cancellation);
            var password = await File.ReadAllTextAsync(Path.Combine(root, "superuser-password"), cancellation);
            return new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = int.Parse(lines[PortLine], CultureInfo.InvariantCulture),
                Username = Superuser,
                Password = password.Trim(),
                Database = database,
                SslMode = SslMode.Disable,
                GssEncryptionMode = GssEncryptionMode.Disable,
            }.ConnectionString;
        }
        catch (UnauthorizedAccessException)
        {
            throw new ToolException(
                $"The files of the PostgreSQL in {dataFolder} belong to another user: run as that user, or give --connection."
            );
        }
        catch (Exception broken) when (broken is FormatException or IndexOutOfRangeException)
        {
            throw new ToolException($"{pidFile} is not complete: the PostgreSQL is starting or stopping. Try again.");
        }
    }

    private static async Task<string> RootAsync(string dataFolder, CancellationToken cancellation)
    {
        foreach (var folder in new[] { dataFolder, Path.Combine(dataFolder, "postgres") })
        {
            var moved = Path.Combine(folder, "location");
            if (File.Exists(moved))
            {
                return (await File.ReadAllTextAsync(moved, cancellation)).Trim();
            }

            var here = Path.Combine(folder, "cluster");
            if (Directory.Exists(here))
            {
                return here;
            }
        }

        throw new ToolException(
            $"{Path.GetFullPath(dataFolder)} holds no PostgreSQL of this system. Name its data folder with --data, or give "
                + $"--connection or {ConnectionOptions.Variable}."
        );
    }
}
