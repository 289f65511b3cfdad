using FluentAssertions;
using Trading.EmbeddedPostgres.Binaries;
using Trading.EmbeddedPostgres.Processes;
using Trading.TestKit;
using Xunit;

namespace Trading.EmbeddedPostgres.Tests;

public sealed class Binaries_and_folders : IDisposable
{
    private static readonly RunAs Self = new(null, []);

    private readonly TestFolder folder = new();

    [Fact]
    public async Task Links_to_single_programs_lead_to_the_folder_of_all_of_them()
    {
        var real = await FindAsync(SearchPlaces.OfThisMachine(null));
        var links = Directory.CreateDirectory(folder.Path).FullName;
        File.CreateSymbolicLink(
            PostgresBinaries.Program(links, "postgres"),
            PostgresBinaries.Program(real.Folder, "postgres")
        );

        var found = await FindAsync(new SearchPlaces { Path = ["", "/no/such/folder", links] });

        found.Should().Be(real);
    }

    [Fact]
    public async Task Install_folders_are_searched_from_the_newest_version_down_and_old_ones_passed_over()
    {
        using var sixteen = FakePrograms.OfVersion("16.2");
        using var fourteen = FakePrograms.OfVersion("14.1");
        using var seventeen = FakePrograms.OfVersion("17.1");
        var places = new SearchPlaces { InstallFolders = [fourteen.Path, seventeen.Path, sixteen.Path] };

        (await FindAsync(places)).Version.Should().Be(new Version(17, 1));
        (await FindAsync(places, dataMajor: 16)).Version.Should().Be(new Version(16, 2), "the data decides");
    }

    [Fact]
    public void A_star_stands_for_the_highest_version_first()
    {
        foreach (var version in new[] { "9.6", "16", "15", "17" })
            Directory.CreateDirectory(Path.Combine(folder.Path, version, "bin"));

        var expanded = FolderPattern.Expand(Path.Combine(folder.Path, "*", "bin"));

        expanded.Select(f => Path.GetFileName(Path.GetDirectoryName(f))).Should().Equal("17", "16", "15", "9.6");
    }

    [Fact]
    public async Task A_machine_without_PostgreSQL_fetches_it_with_npm_once_and_runs_it()
    {
        var real = await FindAsync(SearchPlaces.OfThisMachine(null));
        var options = folder.Options;
        using (var npm = FakePrograms.Npm(real.Folder))
        {
            var start = new ClusterStart(options) { Places = new SearchPlaces { Npm = Path.Combine(npm.Path, "npm") } };
            await using var cluster = await start.RunAsync(CancellationToken.None);
            (await Sql.AskAsync(cluster.ConnectionString(), "SELECT 1")).Should().Be("1");
        }

        var cached = new ClusterStart(options) { Places = new SearchPlaces { Npm = "gone" } };
        if (real.Version.Major != NpmBinaries.Major)
            return; // The cache holds links to this machine's version, which the pinned one cannot stand for.
        await using var again = await cached.RunAsync(CancellationToken.None);
        (await Sql.AskAsync(again.ConnectionString(), "SELECT 1")).Should().Be("1");
    }

    [FactForRoot]
    public async Task Data_the_unprivileged_user_cannot_reach_is_kept_elsewhere_and_found_again()
    {
        var closed = Directory.CreateDirectory(
            folder.Path,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        var options = new EmbeddedPostgresOptions { Folder = Path.Combine(closed.FullName, "below") };
        string moved;
        await using (var first = await EmbeddedPostgresCluster.StartAsync(options))
        {
            moved = first.DataFolder;
            moved.Should().StartWith("/var/lib/trading-postgres/");
            await Sql.RunAsync(first.ConnectionString(), "CREATE TABLE t AS SELECT 42 AS answer");
        }

        await using (var second = await EmbeddedPostgresCluster.StartAsync(options with { Ephemeral = true }))
        {
            second.DataFolder.Should().Be(moved);
            (await Sql.AskAsync(second.ConnectionString(), "SELECT answer FROM t")).Should().Be("42");
        }

        Directory.Exists(moved).Should().BeFalse();
    }

    [FactForRoot]
    public async Task A_working_folder_the_unprivileged_user_cannot_enter_does_no_harm()
    {
        using var closed = new TestFolder();
        Directory.CreateDirectory(
            closed.Path,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );

        using var owner = await OwnerProcess.StartAsync(folder.Path, closed.Path);

        (await Sql.AskAsync(owner.ConnectionString, "SELECT 1")).Should().Be("1");
        owner.Kill();
        await Eventually.Be(() => !File.Exists(PostmasterFile.PathIn(Path.Combine(folder.Path, "cluster", "data"))));
    }

    public void Dispose() => folder.Dispose();

    private Task<PostgresBinaries> FindAsync(SearchPlaces places, int? dataMajor = null) =>
        BinarySearch.FindAsync(
            places,
            new NpmBinaries(Path.Combine(folder.Path, "npm"), folder.Options.Logger),
            Self,
            dataMajor,
            CancellationToken.None
        );
}
