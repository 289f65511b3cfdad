using System.Globalization;
using Trading.EmbeddedPostgres.Binaries;
using Trading.EmbeddedPostgres.Storage;

namespace Trading.EmbeddedPostgres.Processes;

/// <summary>The server's programs applied to one cluster folder.</summary>
internal sealed class Server(ClusterFolder folder, PostgresBinaries binaries, RunAs runAs)
{
    public const string Superuser = "postgres";

    /// <summary>Creates the cluster's files; afterwards they are all there or not at all.</summary>
    public async Task InitialiseAsync(CancellationToken cancellation)
    {
        if (Directory.Exists(folder.Unfinished))
            Directory.Delete(folder.Unfinished, recursive: true);

        await folder.PasswordAsync(cancellation);
        await runAs.OwnTreeAsync(folder.Root, cancellation);
        // The C locale exists everywhere and orders text the same way on every machine.
        var outcome = await runAs.RunAsync(
            binaries.InitDb,
            [
                "--pgdata=" + folder.Unfinished,
                "--username=" + Superuser,
                "--pwfile=" + folder.PasswordFile,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
            ],
            cancellation
        );
        if (!outcome.Succeeded)
            throw new EmbeddedPostgresException(
                EmbeddedPostgresFault.InitialisationFailed,
                $"initdb could not create a cluster in {folder.Unfinished}: {outcome.Said}"
            );

        await File.AppendAllTextAsync(
            Path.Combine(folder.Unfinished, "postgresql.conf"),
            $"\ninclude '{ServerSettings.FileName}'\n",
            cancellation
        );
        Directory.Move(folder.Unfinished, folder.Data);
    }

    /// <summary>Starts the server on a port and waits until it accepts connections; the outcome tells why it did not.</summary>
    public async Task<CommandOutcome> StartAsync(int port, TimeSpan timeout, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder.Data, ServerSettings.FileName),
            ServerSettings.Text(port),
            cancellation
        );
        File.Delete(folder.StartLog);
        await runAs.OwnTreeAsync(folder.Root, cancellation);
        // pg_ctl puts the server into a session of its own, so that Ctrl-C on a terminal reaches only this process,
        // which still has events to store.
        var outcome = await runAs.RunAsync(
            binaries.PgCtl,
            ["start", "--silent", "--wait", Timeout(timeout), "--pgdata=" + folder.Data, "--log=" + folder.StartLog],
            cancellation
        );
        return outcome.Succeeded
            ? outcome
            : outcome with
            {
                Error = outcome.Error + await LastWordsAsync(cancellation),
            };
    }

    /// <summary>Stops the server and waits for it.</summary>
    public Task<CommandOutcome> StopAsync(string mode, TimeSpan timeout, CancellationToken cancellation) =>
        runAs.RunAsync(binaries.PgCtl, StopArguments(mode, timeout), cancellation);

    /// <summary>The command line that stops the server, for somebody else to run.</summary>
    public (string Program, IReadOnlyList<string> Arguments) StopCommand(TimeSpan timeout) =>
        runAs.Wrap(binaries.PgCtl, StopArguments("fast", timeout));

    private List<string> StopArguments(string mode, TimeSpan timeout) =>
        ["stop", "--silent", "--wait", Timeout(timeout), "--mode=" + mode, "--pgdata=" + folder.Data];

    private static string Timeout(TimeSpan timeout) =>
        "--timeout=" + Math.Ceiling(timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private async Task<string> LastWordsAsync(CancellationToken cancellation)
    {
        const int Enough = 20;
        List<string> lines = [];
        var log = Path.Combine(folder.Data, "log");
        if (Directory.Exists(log) && Directory.EnumerateFiles(log).MaxBy(File.GetLastWriteTimeUtc) is { } newest)
            lines.AddRange((await File.ReadAllLinesAsync(newest, cancellation)).TakeLast(Enough));
        if (File.Exists(folder.StartLog))
            lines.AddRange((await File.ReadAllLinesAsync(folder.StartLog, cancellation)).TakeLast(Enough));
        return string.Join('\n', lines);
    }
}
