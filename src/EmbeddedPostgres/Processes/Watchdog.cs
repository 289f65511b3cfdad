using System.Diagnostics;
using System.Globalization;
using Trading.EmbeddedPostgres.Storage;

namespace Trading.EmbeddedPostgres.Processes;

/// <summary>
/// A small shell process that notices the death of this one, because its standard input ends, and then stops the
/// server. Without it, a killed process would leave its server running for ever. It is in a session of its own and nobody's
/// child, so that it outlives whatever ends this process with its whole group or with all its children.
/// </summary>
/// <remarks>
/// The watchdog of a dead owner and a new owner that wants to adopt the server may meet. Both reach for the owner
/// token by renaming or deleting a file, which only one can do: the other one stands back.
/// </remarks>
internal sealed class Watchdog : IDisposable
{
    // Signals are ignored because Ctrl-C on a terminal reaches the whole process group; output is let go of after the one
    // line that says that it watches, so that nobody waits for it to end.
    //
    // A cluster whose folder was deleted cannot be stopped by its files any more: its server is told by a signal, once
    // its command line has shown that it is this very server. Files that had to be kept elsewhere go when the file that
    // says where they are is deleted (not when it is moved, which is why it is held open); for that the watchdog stays
    // ten minutes, unless a new owner comes.
    private const string Script = """
        trap '' INT TERM HUP QUIT
        token=$1; claim=$2; location=$3; root=$4; waste=$5; server=$6; shift 6
        [ -r "$location" ] && exec 9< "$location"
        echo watching; exec >/dev/null 2>&1
        read -r _
        halt() {
          { tr '\0' ' ' < "/proc/$server/cmdline" || ps -ww -o args= -p "$server"; } | grep -qF -- "$root/data" &&
            kill -QUIT "$server"
        }
        if [ ! -d "$root" ]; then halt; exit 0; fi
        mv "$token" "$claim" || exit 0
        "$@" || halt
        [ -n "$waste" ] && rm -rf "$root"
        rm -f "$claim"
        left=600
        while [ "$left" -gt 0 ] && [ -d "$root" ] && [ ! -e "$token" ]; do
          case $(readlink "/proc/$$/fd/9") in
            '') exit 0 ;;
            *' (deleted)') rm -rf "$root" ;;
          esac
          sleep 1; left=$((left - 1))
        done
        """;

    // The shell in between ends at once: what it started is then a child of the system's first process. Its standard input,
    // which tells that the owner is gone, must be handed on by name, for a shell closes that of what it starts like this.
    private const string Launch = """exec 3<&0; "$@" <&3 3<&- &""";

    // Where neither is there (both belong to every usual installation of their system), the group is shared.
    private static readonly string[] SessionOfItsOwn =
        IsInstalled("setsid") ? ["setsid"]
        : IsInstalled("perl") ? ["perl", "-e", "use POSIX; POSIX::setsid(); exec @ARGV"]
        : ["env"];

    private readonly Process process;

    private Watchdog(Process process) => this.process = process;

    /// <summary>
    /// Starts watching over this process. Null on Windows, which has no shell for it: there a server left behind is
    /// adopted at the next start.
    /// </summary>
    public static async Task<Watchdog?> StartAsync(
        ClusterFolder folder,
        Server server,
        EmbeddedPostgresOptions options,
        CancellationToken cancellation
    )
    {
        if (OperatingSystem.IsWindows())
            return null;

        await File.WriteAllTextAsync(folder.OwnerToken, $"{Environment.ProcessId}\n", cancellation);
        var (stop, stopArguments) = server.StopCommand(options.StopTimeout);
        var description = Command.Describe(
            "sh",
            [
                "-c",
                Launch,
                "sh",
                .. SessionOfItsOwn,
                "sh",
                "-c",
                Script,
                "sh",
                folder.OwnerToken,
                folder.ClaimedToken,
                folder.Location,
                folder.Root,
                options.Ephemeral ? "waste" : "",
                (PostmasterFile.Read(folder.Data)?.Pid ?? 0).ToString(CultureInfo.InvariantCulture),
                stop,
                .. stopArguments,
            ]
        );
        description.RedirectStandardError = false;
        var started = Process.Start(description) ?? throw new InvalidOperationException("The watchdog was not started");
        // Until it says so it is in this process's own group, and would die with it.
        return await started.StandardOutput.ReadLineAsync(cancellation) is not null
            ? new Watchdog(started)
            : throw new InvalidOperationException("The watchdog ended at once");
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

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));

    /// <summary>Lets the watchdog go; the token must be taken first, or it does its work.</summary>
    public void Dispose()
    {
        process.StandardInput.Dispose();
        process.Dispose();
    }
}
