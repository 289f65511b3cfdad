using System.Diagnostics;
using Trading.EmbeddedPostgres.Storage;

namespace Trading.EmbeddedPostgres.Processes;

/// <summary>
/// A small shell process that notices the death of this one, because its standard input ends, and then stops the
/// server. Without it, a killed process would leave its server running for ever.
/// </summary>
/// <remarks>
/// The watchdog of a dead owner and a new owner that wants to adopt the server may meet. Both reach for the owner
/// token by renaming or deleting a file, which only one can do: the other one stands back.
/// </remarks>
internal sealed class Watchdog : IDisposable
{
    // Signals are ignored because Ctrl-C on a terminal reaches the whole process group; output is let go of so that
    // nobody waits for it to end.
    private const string Script = """
        trap '' INT TERM HUP QUIT; exec >/dev/null 2>&1
        read -r _
        mv "$1" "$2" || exit 0
        claim="$2"; waste="$3"; shift 3
        "$@" && [ -n "$waste" ] && rm -rf "$waste"
        rm -f "$claim"
        """;

    private readonly Process process;

    private Watchdog(Process process) => this.process = process;

    /// <summary>
    /// Starts watching over this process. Null on Windows, which has no shell for it: there a server left behind is
    /// adopted at the next start.
    /// </summary>
    public static async Task<Watchdog?> StartAsync(
        ClusterFolder folder,
        Server server,
        RunAs runAs,
        EmbeddedPostgresOptions options,
        CancellationToken cancellation
    )
    {
        if (OperatingSystem.IsWindows())
            return null;

        await File.WriteAllTextAsync(folder.OwnerToken, $"{Environment.ProcessId}\n", cancellation);
        var waste = options.Ephemeral ? folder.Root : "";
        var (program, arguments) = runAs.Wrap(
            "sh",
            [
                "-c",
                Script,
                "sh",
                folder.OwnerToken,
                folder.ClaimedToken,
                waste,
                .. server.StopCommand(options.StopTimeout),
            ]
        );
        var description = Command.Describe(program, arguments);
        description.RedirectStandardOutput = false;
        description.RedirectStandardError = false;
        return new Watchdog(
            Process.Start(description) ?? throw new InvalidOperationException($"{program} was not started")
        );
    }

    /// <summary>
    /// Takes the server of a dead owner over from its watchdog. False: the watchdog was first, so the server is
    /// about to go.
    /// </summary>
    public static bool TryTakeOver(ClusterFolder folder)
    {
        var claimed = File.Exists(folder.ClaimedToken);
        try
        {
            File.Move(folder.OwnerToken, folder.OwnerToken + ".taken", overwrite: true);
            File.Delete(folder.OwnerToken + ".taken");
            return true;
        }
        catch (FileNotFoundException)
        {
            // No token: either nobody ever started a server here, or the watchdog has just claimed it.
            claimed |= File.Exists(folder.ClaimedToken);
            return !claimed;
        }
    }

    /// <summary>Lets the watchdog go; the token must be taken first, or it does its work.</summary>
    public void Dispose()
    {
        process.StandardInput.Dispose();
        process.Dispose();
    }
}
