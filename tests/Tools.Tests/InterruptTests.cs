using FluentAssertions;
using Npgsql;
using Trading.EventStore;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

/// <summary>Ctrl-C in the midst of a long verb: it ends soon, its exit code says so, and nothing half done is left. What keeps
/// a verb in its midst is a lock that the test holds.</summary>
public sealed class InterruptTests(InterruptTests.Source source) : IClassFixture<InterruptTests.Source>
{
    private const int Interrupted = 130;

    [Fact]
    public async Task Verify_says_what_it_has_checked_and_nothing_about_the_rest()
    {
        await using var holder = await source.Database.DataSource.OpenConnectionAsync();
        await using var holding = await LockAsync(holder, "eventstore.market");
        using var verify = ToolProcess.Start("verify", source.Connection);
        var journal = await verify.StandardOutput.ReadLineAsync();
        await WaitsAsync(source.Database);

        var run = await ToolProcess.InterruptAsync(verify);

        run.ExitCode.Should().Be(Interrupted);
        journal.Should().Contain("\"findings\":0");
        run.Output.Should().BeEmpty();
    }

    [Fact]
    public async Task Export_leaves_no_file_under_the_name_it_was_given()
    {
        var file = Path.Combine(source.Folder, "interrupted.ndjson");
        await using var holder = await source.Database.DataSource.OpenConnectionAsync();
        await using (await LockAsync(holder, "eventstore.user_key"))
        {
            // The keys are written last.
            using var export = ToolProcess.Start("export", source.Connection, $"--out={file}", "--with-keys");
            await WaitsAsync(source.Database);
            new FileInfo($"{file}.part").Length.Should().BePositive();

            var run = await ToolProcess.InterruptAsync(export);

            run.ExitCode.Should().Be(Interrupted);
            Directory.GetFiles(source.Folder, "interrupted*").Should().BeEmpty();
        }

        (await ToolProcess.RunAsync("export", source.Connection, $"--out={file}", "--with-keys"))
            .ExitCode.Should()
            .Be(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Import_leaves_the_beginning_of_the_journal_and_goes_on_when_it_is_run_again(bool killed)
    {
        await using var into = await PostgresDatabase.CreateAsync();
        var connection = $"--connection={into.ConnectionString}";
        await using (await PostgresLogs.OpenAsync(into.ConnectionString)) { }

        await using (var holder = await into.DataSource.OpenConnectionAsync())
        {
            // Whoever would put the same row there must wait for what becomes of this one.
            await using var holding = await holder.BeginTransactionAsync();
            await ExecuteAsync(
                holder,
                $"INSERT INTO eventstore.journal_batch VALUES ({Source.Events}, 0, now(), gen_random_uuid(), '')"
            );
            using var import = ToolProcess.Start("import", source.File, connection);
            await WaitsAsync(into);

            var run = killed ? await ToolProcess.KillAsync(import) : await ToolProcess.InterruptAsync(import);

            run.ExitCode.Should().Be(killed ? 137 : Interrupted);
        }

        await Eventually.Be(async () => await CountAsync(into, Tools) == 0);
        var imported = await CountAsync(into, "FROM eventstore.journal");
        imported.Should().BeInRange(1, Source.Events - 1, "whole commits, in order");
        var whole = await ToolProcess.RunAsync("verify", "--log=journal", connection);
        whole.ExitCode.Should().Be(0, whole.Output);

        var again = await ToolProcess.RunAsync("import", source.File, connection, "--json");

        again.ExitCode.Should().Be(0, again.Error);
        again.Objects[0].GetProperty("events").GetInt64().Should().Be(Source.Events - imported);
        again.Objects[0].GetProperty("hash").GetString().Should().Be(source.Hash);
    }

    private const string Tools =
        "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'trading-tools'";

    private static async Task<NpgsqlTransaction> LockAsync(NpgsqlConnection holder, string table)
    {
        var holding = await holder.BeginTransactionAsync();
        await ExecuteAsync(holder, $"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        return holding;
    }

    // The only one who waits is the verb.
    private static Task WaitsAsync(PostgresDatabase database) =>
        Eventually.Be(
            async () =>
                await CountAsync(
                    database,
                    "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                ) > 0,
            TimeSpan.FromSeconds(30)
        );

    private static async Task<long> CountAsync(PostgresDatabase database, string what)
    {
        await using var command = database.DataSource.CreateCommand($"SELECT count(*) {what}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A journal of more than one commit of an import, and its export.</summary>
    public sealed class Source : IAsyncLifetime
    {
        public const int Events = 25_000;
        private const int EachBatch = 5_000;

        public PostgresDatabase Database { get; } = new();

        public string Folder { get; } = Directory.CreateTempSubdirectory("trading-interrupt-test-").FullName;

        public string File => Path.Combine(Folder, "journal.ndjson.gz");

        public string Connection => $"--connection={Database.ConnectionString}";

        public string Hash { get; private set; } = "";

        public async Task InitializeAsync()
        {
            await Database.InitializeAsync();
            await using (var logs = await PostgresLogs.OpenAsync(Database.ConnectionString))
            {
                for (var batch = 0; batch < Events / EachBatch; batch++)
                {
                    await Journal.AppendAsync(
                        logs,
                        Journal.Bob,
                        [.. Enumerable.Range(0, EachBatch).Select(number => Journal.Balance(number))]
                    );
                }
            }

            var export = await ToolProcess.RunAsync("export", Connection, $"--out={File}", "--json");
            Hash = export.Objects[0].GetProperty("hash").GetString()!;
        }

        public async Task DisposeAsync()
        {
            await Database.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }
    }
}
