using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Trading.EmbeddedPostgres.Processes;
using Trading.TestKit;
using Xunit;

namespace Trading.EmbeddedPostgres.Tests;

public sealed class After_a_crash : IDisposable
{
    private const string Write = "CREATE TABLE t AS SELECT 42 AS answer";
    private const string Read = "SELECT answer FROM t";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TestFolder folder = new();

    private string Data => Path.Combine(folder.Path, "cluster", "data");

    [Fact]
    public async Task A_killed_server_comes_back_with_the_same_data()
    {
        await using (var crashed = await EmbeddedPostgresCluster.StartAsync(folder.Options))
        {
            await Sql.RunAsync(crashed.ConnectionString(), Write);
            Unix.Signal("KILL", Servers.Of(crashed).Pid);
            await Eventually.Be(() => !Unix.IsAlive(Servers.Of(crashed).Pid));
        }

        File.Exists(PostmasterFile.PathIn(Data)).Should().BeTrue("a killed server leaves its pid file");
        await using var recovered = await EmbeddedPostgresCluster.StartAsync(folder.Options);
        (await Sql.AskAsync(recovered.ConnectionString(), Read)).Should().Be("42");
    }

    [Fact]
    public async Task A_stale_pid_that_another_program_has_now_does_not_stand_in_the_way()
    {
        await using (var crashed = await EmbeddedPostgresCluster.StartAsync(folder.Options))
        {
            await Sql.RunAsync(crashed.ConnectionString(), Write);
            Unix.Signal("KILL", Servers.Of(crashed).Pid);
            await Eventually.Be(() => !Unix.IsAlive(Servers.Of(crashed).Pid));
        }

        var runAs = await RunAs.ChooseAsync(CancellationToken.None);
        var (program, arguments) = runAs.Wrap("sleep", ["300"]);
        using var stranger = Process.Start(program, arguments);
        var lines = await File.ReadAllLinesAsync(PostmasterFile.PathIn(Data));
        lines[0] = stranger.Id.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(PostmasterFile.PathIn(Data), lines);
        try
        {
            await using var recovered = await EmbeddedPostgresCluster.StartAsync(folder.Options);
            (await Sql.AskAsync(recovered.ConnectionString(), Read)).Should().Be("42");
            Unix.IsAlive(stranger.Id).Should().BeTrue("it is none of our business");
        }
        finally
        {
            stranger.Kill();
            await stranger.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task The_server_of_a_killed_owner_goes_too_and_the_next_owner_finds_the_data()
    {
        using var owner = await OwnerProcess.StartAsync(folder.Path);
        await Sql.RunAsync(owner.ConnectionString, Write);
        var server = Servers.In(Data).Pid;

        owner.Kill();

        await Eventually.Be(() => !Unix.IsAlive(server));
        await using var next = await EmbeddedPostgresCluster.StartAsync(folder.Options);
        (await Sql.AskAsync(next.ConnectionString(), Read)).Should().Be("42");
    }

    [Fact]
    public async Task An_owner_that_starts_at_once_neither_fails_nor_loses_its_server_to_the_old_watchdog()
    {
        for (var round = 0; round < 3; round++)
        {
            using var owner = await OwnerProcess.StartAsync(folder.Path);
            if (round == 0)
                await Sql.RunAsync(owner.ConnectionString, Write);
            owner.Kill();

            await using var next = await EmbeddedPostgresCluster.StartAsync(folder.Options);
            await Eventually.Be(() => WatchdogsOfFolder() == 1);
            (await Sql.AskAsync(next.ConnectionString(), Read)).Should().Be("42");
        }
    }

    [Fact]
    public async Task A_healthy_server_left_behind_is_adopted()
    {
        using var owner = await OwnerProcess.StartAsync(folder.Path);
        await Sql.RunAsync(owner.ConnectionString, Write);
        var server = Servers.In(Data);

        owner.KillWithWatchdog();

        await using (var next = await EmbeddedPostgresCluster.StartAsync(folder.Options))
        {
            next.Adopted.Should().BeTrue();
            next.Port.Should().Be(server.Port);
            (await Sql.AskAsync(next.ConnectionString(), Read)).Should().Be("42");
        }

        await Eventually.Be(() => !Unix.IsAlive(server.Pid));
    }

    [Fact]
    public async Task A_server_left_behind_that_does_not_answer_is_replaced_and_nothing_is_lost()
    {
        using var owner = await OwnerProcess.StartAsync(folder.Path);
        await Sql.RunAsync(owner.ConnectionString, Write);
        var server = Servers.In(Data).Pid;
        Unix.Signal("STOP", server);
        owner.KillWithWatchdog();

        var options = folder.Options with { StopTimeout = TimeSpan.FromSeconds(1) };
        await using var next = await EmbeddedPostgresCluster.StartAsync(options);

        next.Adopted.Should().BeFalse();
        Unix.IsAlive(server).Should().BeFalse();
        (await Sql.AskAsync(next.ConnectionString(), Read)).Should().Be("42");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_owner_killed_with_its_whole_process_group_or_all_its_children_leaves_no_server_behind(
        bool group
    )
    {
        using var owner = await OwnerProcess.StartAsync(folder.Path, leadsGroup: true);
        await Sql.RunAsync(owner.ConnectionString, Write);
        var server = Servers.In(Data).Pid;

        if (group)
            owner.KillWithGroup();
        else
            owner.KillWithChildren();

        await Eventually.Be(() => !Unix.IsAlive(server) && WatchdogsOfFolder() == 0, Soon);
        await using var next = await EmbeddedPostgresCluster.StartAsync(folder.Options);
        (await Sql.AskAsync(next.ConnectionString(), Read)).Should().Be("42");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_whose_owner_and_folder_are_gone_ends(bool ownerFirst)
    {
        using var owner = await OwnerProcess.StartAsync(folder.Path, leadsGroup: true);
        var server = Servers.In(Data).Pid;

        Action[] ends = [owner.KillWithGroup, () => Unix.Remove(folder.Path)];
        Array.ForEach(ownerFirst ? ends : [.. ends.Reverse()], end => end());

        await Eventually.Be(() => !Unix.IsAlive(server) && WatchdogsOfFolder() == 0, Soon);
        folder.Dispose();
    }

    [FactForRoot]
    public async Task Files_that_had_to_be_kept_elsewhere_go_with_the_folder_they_belong_to()
    {
        Directory.CreateDirectory(
            folder.Path,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        var asked = Path.Combine(folder.Path, "postgres");
        using var owner = await OwnerProcess.StartAsync(asked, leadsGroup: true);
        var place = ClusterPlace.Find(asked)!;
        place.IsElsewhere.Should().BeTrue("PostgreSQL's user may not enter root's own folder");
        var server = Servers.In(place.DataFolder).Pid;

        owner.KillWithGroup();
        await Eventually.Be(() => !Unix.IsAlive(server), Soon);
        Directory.Exists(place.DataFolder).Should().BeTrue("the next owner is to find the data");
        await using (var next = await EmbeddedPostgresCluster.StartAsync(new() { Folder = asked }))
        {
            next.DataFolder.Should().Be(place.DataFolder);
            await Eventually.Be(() => WatchdogsOfFolder() == 1, Soon, "that of the dead owner has stepped back");
        }

        using var last = await OwnerProcess.StartAsync(asked, leadsGroup: true);
        var lastServer = Servers.In(place.DataFolder).Pid;
        var moved = folder.Path + "-moved";
        last.KillWithGroup();
        Directory.Move(folder.Path, moved);
        await Eventually.Be(() => !Unix.IsAlive(lastServer), Soon);
        Directory.Exists(place.DataFolder).Should().BeTrue("a folder that was moved still says where its files are");
        Directory.Delete(moved, recursive: true);

        await Eventually.Be(() => !Directory.Exists(place.Root), Soon);
        await Eventually.Be(() => WatchdogsOfFolder() == 0, Soon);
    }

    public void Dispose() => folder.Dispose();

    private int WatchdogsOfFolder() =>
        Unix.PidsOf(line => line.Contains(folder.Path) && line.Contains("owner.dead")).Count;
}
