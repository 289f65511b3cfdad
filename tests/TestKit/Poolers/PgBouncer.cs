using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace Trading.TestKit.Poolers;

/// <summary>A real PgBouncer on loopback in front of a database.</summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private PgBouncer(Process process, DirectoryInfo folder, string connectionString)
    {
        _process = process;
        _folder = folder;
        ConnectionString = connectionString;
    }

    /// <summary>The server's connection string with PgBouncer in its place.</summary>
    public string ConnectionString { get; }

    /// <summary>Where the program is; null when this machine has none.</summary>
    public static string? Program { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, "pgbouncer"))
            .FirstOrDefault(File.Exists);

    /// <summary>Starts one.</summary>
    /// <param name="server">The connection string of the database behind it.</param>
    /// <param name="mode">session, transaction or statement.</param>
    public static async Task<PgBouncer> StartAsync(string server, string mode)
    {
        var behind = new NpgsqlConnectionStringBuilder(server);
        var port = FreePort();
        var folder = Directory.CreateTempSubdirectory("trading-pgbouncer-");
        var file = Path.Combine(folder.FullName, "pgbouncer.ini");
        await File.WriteAllTextAsync(
            file,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                {behind.Database} = host={behind.Host} port={behind.Port} user={behind.Username} password={behind.Password}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = any
                pool_mode = {mode}
                default_pool_size = 60
                max_client_conn = 200
                """
            )
        );
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        }

        // It does not run as root.
        string[] other = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
        var process = Process.Start(
            new ProcessStartInfo(Program!, ["-q", .. other, file]) { RedirectStandardError = true }
        )!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var address = new NpgsqlConnectionStringBuilder(server) { Host = "127.0.0.1", Port = port };
        var bouncer = new PgBouncer(process, folder, address.ConnectionString);
        await Eventually.Be(() => IsOpenAsync(port));
        return bouncer;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>A fact about a real PgBouncer; where there is none it says so and is skipped. The same holds over
/// <see cref="PoolingProxy"/> everywhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PgBouncerFactAttribute : FactAttribute
{
    /// <summary>Looks for it.</summary>
    public PgBouncerFactAttribute()
    {
        if (PgBouncer.Program is null)
        {
            Skip = "pgbouncer is not on this machine (Debian: apt-get install pgbouncer)";
        }
    }
}
