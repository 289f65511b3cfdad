using System.Diagnostics;
using FluentAssertions;
using Npgsql;
using Trading.EventStore.Verification;
using Trading.TestKit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>A log restored elsewhere is as good as the original.</summary>
public sealed class DumpAndRestore
{
    [DumpFact]
    public async Task A_dump_restored_into_a_younger_cluster_is_read_from_zero_and_goes_on_live()
    {
        await using var original = await PostgresDatabase.CreateAsync();
        var programs = DumpFactAttribute.Folder!;
        await using var logs = await PostgresLogs.OpenAsync(original.ConnectionString);
        var stream = Some.Stream();
        for (var i = 0; i < 50; i++)
        {
            await logs.Journal.AppendedAsync(Some.Request(stream, expected: i * 3, count: 3));
        }

        var feed = Some.Stream("feed");
        var epoch = (await logs.Market.ClaimAsync(feed, default)).Epoch;
        await logs.Market.AppendAsync(feed, epoch, Some.Ticks(Seeded.Random(), 500), default);
        var written = await logs.Journal.ReadAllAsync();
        await using var cluster = await TestCluster.StartPrivateAsync();
        await cluster.CreateDatabaseAsync("restored");
        await using var login = NpgsqlDataSource.Create(cluster.ConnectionString("restored"));
        await EventStoreSchema.EnsureRolesAsync(login);

        var dump = Path.Combine(Path.GetTempPath(), $"{original.Name}.dump");
        try
        {
            var fresh = cluster.ConnectionString("restored");
            await RunAsync(Path.Combine(programs, "pg_dump"), original.ConnectionString, "-Fc", "-f", dump);
            await RunAsync(Path.Combine(programs, "pg_restore"), fresh, "--exit-on-error", "-d", "restored", dump);
        }
        finally
        {
            File.Delete(dump);
        }

        await using var restored = await PostgresLogs.OpenAsync(cluster.ConnectionString("restored"));
        var read = await restored.Journal.ReadAllAsync();
        read.Select(e => (e.Offset, e.Id, e.RecordedAt))
            .Should()
            .Equal(written.Select(e => (e.Offset, e.Id, e.RecordedAt)));
        var follower = Task.Run(() => restored.Journal.FollowAsync(default, written.Count + 2));
        (await restored.Journal.AppendedAsync(Some.Request(stream, expected: 150))).Last.Value.Should().Be(151);
        (await restored.Journal.AppendedAsync(Some.Request(Some.Stream()))).Last.Value.Should().Be(152);
        (await follower).Select(e => e.Offset.Value).Should().Equal(Enumerable.Range(1, 152).Select(i => (long)i));
        var next = await restored.Market.AppendAsync(feed, epoch, Some.Ticks(Seeded.Random(), 10), default);
        next.Should().Be(new Domain.Logs.AppendOutcome.Appended(new(510), new(510)));
        await foreach (var finding in new LogVerifier(restored.Reader).VerifyJournalAsync())
        {
            finding.Should().BeNull();
        }
    }

    private static async Task RunAsync(string program, string connectionString, params string[] arguments)
    {
        var address = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        start.Environment["PGHOST"] = address.Host;
        start.Environment["PGPORT"] = $"{address.Port}";
        start.Environment["PGUSER"] = address.Username;
        start.Environment["PGPASSWORD"] = address.Password;
        start.Environment["PGDATABASE"] = address.Database;
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, errors);
    }
}
