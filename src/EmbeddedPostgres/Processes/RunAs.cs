using System.Globalization;

namespace Trading.EmbeddedPostgres.Processes;

/// <summary>
/// The user PostgreSQL runs as. PostgreSQL refuses to run as root, so a privileged process hands its programs to an
/// unprivileged user; any other process runs them as itself.
/// </summary>
internal sealed record RunAs(string? User, string[] Prefix)
{
    /// <summary>Whether programs run as somebody else than this process.</summary>
    public bool IsOther => User is not null;

    /// <summary>Users to run as, best first: PostgreSQL's own, then the one who owns nothing.</summary>
    private static readonly string[] Candidates = ["postgres", "_postgres", "nobody"];

    /// <summary>Chooses the user for this process.</summary>
    /// <exception cref="EmbeddedPostgresException">Running as root with nobody to hand over to.</exception>
    public static async Task<RunAs> ChooseAsync(CancellationToken cancellation)
    {
        // On Windows pg_ctl drops an administrator's rights by itself.
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return new RunAs(null, []);

        foreach (var user in Candidates)
        {
            var uid = await IdAsync("-u", user, cancellation);
            var gid = await IdAsync("-g", user, cancellation);
            if (uid is null or 0 || gid is null)
                continue;

            foreach (var prefix in Prefixes(user, uid.Value, gid.Value))
            {
                var candidate = new RunAs(user, prefix);
                var whoami = await candidate.RunAsync("id", ["-u"], cancellation);
                if (whoami.Succeeded && whoami.Output.Trim() == uid.Value.ToString(CultureInfo.InvariantCulture))
                    return candidate;
            }
        }

        throw new EmbeddedPostgresException(
            EmbeddedPostgresFault.NoUnprivilegedUser,
            "PostgreSQL does not run as root, and none of the users postgres, _postgres or nobody could be used through "
                + "setpriv, runuser or su. Create one (useradd --system postgres), run this program as an ordinary "
                + "user, or set TRADING_POSTGRES to the connection string of a PostgreSQL server."
        );
    }

    /// <summary>Runs a program as this user.</summary>
    public Task<CommandOutcome> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var (first, rest) = Wrap(program, arguments);
        return Command.RunAsync(first, rest, cancellation);
    }

    /// <summary>The command line that runs a program as this user.</summary>
    public (string Program, IReadOnlyList<string> Arguments) Wrap(string program, IEnumerable<string> arguments) =>
        Prefix is [var first, .. var rest] ? (first, [.. rest, program, .. arguments]) : (program, [.. arguments]);

    /// <summary>Whether this user can enter a folder, all folders above it included.</summary>
    public async Task<bool> CanEnterAsync(string folder, CancellationToken cancellation) =>
        !IsOther || (await RunAsync("sh", ["-c", "cd \"$1\"", "sh", folder], cancellation)).Succeeded;

    /// <summary>The id of a folder's owner when root is about to take it from an ordinary user; null when it is root's, or
    /// belongs to a user whom programs are handed to.</summary>
    public async Task<int?> StrangerOwningAsync(string folder, CancellationToken cancellation)
    {
        // Mode, links, owner and so on, by number: the same everywhere.
        const int ownerColumn = 2;
        if (!IsOther)
            return null;

        var listed = await Command.RunAsync("ls", ["-nd", folder], cancellation);
        var columns = listed.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (
            columns.Length <= ownerColumn
            || !int.TryParse(columns[ownerColumn], CultureInfo.InvariantCulture, out var owner)
        )
            return null;

        foreach (var user in Candidates)
        {
            if (owner == 0 || owner == await IdAsync("-u", user, cancellation))
                return null;
        }

        return owner;
    }

    /// <summary>Gives a folder to this user, but not what is in it: a server may be at work there.</summary>
    public Task OwnFolderAsync(string folder, CancellationToken cancellation) => ChownAsync([folder], cancellation);

    /// <summary>Gives a folder and everything in it to this user.</summary>
    public Task OwnTreeAsync(string folder, CancellationToken cancellation) => ChownAsync(["-R", folder], cancellation);

    /// <summary>Gives a folder to this user's group, its owner staying who it is; false when there is none to give it to.</summary>
    public async Task<bool> GiveToGroupAsync(string folder, CancellationToken cancellation) =>
        User is not null
        && await IdAsync("-g", User, cancellation) is { } group
        && (
            await Command.RunAsync("chgrp", [group.ToString(CultureInfo.InvariantCulture), folder], cancellation)
        ).Succeeded;

    private async Task ChownAsync(string[] what, CancellationToken cancellation)
    {
        if (User is null)
            return;

        var outcome = await Command.RunAsync("chown", [.. what[..^1], User, what[^1]], cancellation);
        if (!outcome.Succeeded)
            throw new EmbeddedPostgresException(
                EmbeddedPostgresFault.FolderNotWritable,
                $"The folder {what[^1]} cannot be given to the user {User}, as whom PostgreSQL has to run: {outcome.Said}"
            );
    }

    // setpriv replaces itself by the program; runuser and su stay as its parent.
    private static IEnumerable<string[]> Prefixes(string user, int uid, int gid) =>
        [
            ["setpriv", $"--reuid={uid}", $"--regid={gid}", "--init-groups"],
            ["runuser", "-u", user, "--"],
            ["su", "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", user, "--"],
            ["su", "-m", user, "-c", "exec \"$0\" \"$@\""],
        ];

    private static async Task<int?> IdAsync(string option, string user, CancellationToken cancellation)
    {
        var outcome = await Command.RunAsync("id", [option, user], cancellation);
        return outcome.Succeeded && int.TryParse(outcome.Output.Trim(), CultureInfo.InvariantCulture, out var id)
            ? id
            : null;
    }
}
