using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Trading.EmbeddedPostgres.Binaries;
using Xunit;

namespace Trading.EmbeddedPostgres.Tests;

public sealed class A_start_that_cannot_succeed : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public async Task Says_how_to_get_PostgreSQL_where_there_is_none()
    {
        var start = new ClusterStart(folder.Options) { Places = new SearchPlaces() };

        var failure = await FailureOf(() => start.RunAsync(CancellationToken.None));

        failure.Fault.Should().Be(EmbeddedPostgresFault.NoBinaries);
        failure.Message.Should().ContainAll("apt-get install", "brew install", "winget install");
        failure.Message.Should().ContainAll("TRADING_POSTGRES=", "TRADING_POSTGRES_BIN");
    }

    [Fact]
    public async Task Says_so_when_npm_is_the_last_hope_and_missing()
    {
        var start = new ClusterStart(folder.Options) { Places = new SearchPlaces { Npm = "no-such-npm" } };

        var failure = await FailureOf(() => start.RunAsync(CancellationToken.None));

        failure.Fault.Should().Be(EmbeddedPostgresFault.NoBinaries);
        failure.Message.Should().Contain("npm is not installed");
    }

    [FactForRoot]
    public async Task Takes_no_data_from_the_ordinary_user_whom_it_belongs_to()
    {
        await (await EmbeddedPostgresCluster.StartAsync(folder.Options)).StopAsync();
        var data = Path.Combine(folder.Path, "cluster", "data");
        Unix.Own("54321", Path.Combine(folder.Path, "cluster"));

        var failure = await FailureOf(() => EmbeddedPostgresCluster.StartAsync(folder.Options));

        failure.Fault.Should().Be(EmbeddedPostgresFault.FolderNotWritable);
        failure.Message.Should().Contain("54321");
        Unix.OwnerOf(data).Should().Be("54321");
    }

    [Fact]
    public async Task Names_the_folder_that_was_asked_for_and_holds_no_server()
    {
        var failure = await FailureOf(() =>
            EmbeddedPostgresCluster.StartAsync(folder.Options with { BinariesFolder = Path.GetTempPath() })
        );

        failure.Fault.Should().Be(EmbeddedPostgresFault.UnusableBinaries);
        failure.Message.Should().Contain(Path.GetFullPath(Path.GetTempPath()).TrimEnd('/'));
    }

    [Fact]
    public async Task Refuses_a_server_that_is_too_old()
    {
        using var old = FakePrograms.OfVersion("14.9");

        var failure = await FailureOf(() =>
            EmbeddedPostgresCluster.StartAsync(folder.Options with { BinariesFolder = old.Path })
        );

        failure.Fault.Should().Be(EmbeddedPostgresFault.UnusableBinaries);
        failure.Message.Should().Contain("14.9");
    }

    [Fact]
    public async Task Refuses_data_of_another_major_version_and_leaves_it_alone()
    {
        var data = Directory.CreateDirectory(Path.Combine(folder.Path, "cluster", "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "PG_VERSION"), "12\n");

        var failure = await FailureOf(() => EmbeddedPostgresCluster.StartAsync(folder.Options));

        failure.Fault.Should().Be(EmbeddedPostgresFault.OtherMajorVersion);
        failure.Message.Should().ContainAll("PostgreSQL 12", "pg_dump");
        Directory.EnumerateFileSystemEntries(data).Should().ContainSingle();
    }

    [Fact]
    public async Task Says_which_port_is_taken()
    {
        using var rival = new TcpListener(IPAddress.Loopback, 0);
        rival.Start();
        var port = ((IPEndPoint)rival.LocalEndpoint).Port;

        var failure = await FailureOf(() => EmbeddedPostgresCluster.StartAsync(folder.Options with { Port = port }));

        failure.Fault.Should().Be(EmbeddedPostgresFault.PortTaken);
        failure.Message.Should().Contain($"{port}");
    }

    [Fact]
    public async Task Says_which_folder_cannot_be_written()
    {
        Directory.CreateDirectory(folder.Path);
        var file = Path.Combine(folder.Path, "a file");
        await File.WriteAllTextAsync(file, "");

        var failure = await FailureOf(() =>
            EmbeddedPostgresCluster.StartAsync(folder.Options with { Folder = Path.Combine(file, "below") })
        );

        failure.Fault.Should().Be(EmbeddedPostgresFault.FolderNotWritable);
        failure.Message.Should().Contain(file);
    }

    public void Dispose() => folder.Dispose();

    private static async Task<EmbeddedPostgresException> FailureOf(Func<Task> start) =>
        (await start.Should().ThrowAsync<EmbeddedPostgresException>()).Which;
}
