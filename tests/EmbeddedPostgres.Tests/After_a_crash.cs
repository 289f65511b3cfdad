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

    public void Dispose() => folder.Dispose();

    private int WatchdogsOfFolder() =>
        Unix.PidsOf(line => line.Contains(folder.Path) && line.Contains("owner.dead")).Count;
}
