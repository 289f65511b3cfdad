using FluentAssertions;
using Npgsql;
using Trading.EventStore.Tests.Contracts;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>Who may do what, and how the schema comes to be.</summary>
public sealed class SchemaAndRights(OpenLogs open) : IClassFixture<OpenLogs>
{
    private const string Refused = "42501";

    public static TheoryData<string> Changes =>
        [
            "UPDATE eventstore.journal SET payload = ''",
            "DELETE FROM eventstore.journal",
            "TRUNCATE eventstore.journal",
            "UPDATE eventstore.journal_batch SET hash = ''",
            "DELETE FROM eventstore.journal_batch",
            "TRUNCATE eventstore.journal_batch",
        ];

    public static TheoryData<string> ForeignToTheApplication =>
        [
            .. Changes,
            "INSERT INTO eventstore.journal_batch VALUES (1, 1, now(), gen_random_uuid(), '')",
            "UPDATE eventstore.journal_stream SET name = ''",
            "SELECT FROM eventstore.journal_lock FOR UPDATE",
            "DELETE FROM eventstore.market",
            "UPDATE eventstore.market SET ticks = ''",
            "UPDATE eventstore.market_stream SET epoch = 0",
            "DROP TABLE eventstore.journal",
            "ALTER TABLE eventstore.journal DISABLE TRIGGER ALL",
            "SELECT eventstore.market_add_partition(1)",
            "CREATE TABLE eventstore.mine (x int)",
        ];

    [Theory]
    [MemberData(nameof(ForeignToTheApplication))]
    public async Task The_application_can_change_nothing_in_the_logs(string sql) =>
        await RefusedAsync(EventStoreSchema.AppRole, sql);

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Not_even_the_owner_changes_the_journal(string sql)
    {
        await open.Logs.Journal.AppendedAsync(Some.Request(Some.Stream()));
        await RefusedAsync(EventStoreSchema.OwnerRole, sql);
    }

    [Theory]
    [InlineData("INSERT INTO eventstore.snapshot VALUES ('account-1', 1, 1)")]
    [InlineData("SELECT * FROM eventstore.market_claim('feed-1')")]
    [InlineData("SELECT * FROM eventstore.user_key")]
    [InlineData("DELETE FROM eventstore.snapshot")]
    [InlineData("DELETE FROM eventstore.journal")]
    public async Task A_reader_writes_nothing_and_sees_no_key(string sql) =>
        await RefusedAsync(EventStoreSchema.ReaderRole, sql);

    [Fact]
    public async Task A_reader_reads_both_logs()
    {
        await open.Logs.Journal.AppendedAsync(Some.Request(Some.Stream()));
        await using var reading = await PostgresLogs.OpenAsync(
            open.Database.ConnectionString,
            new() { ReadOnly = true }
        );

        (await reading.Journal.ReadAllAsync()).Should().NotBeEmpty();
        await foreach (var _ in reading.Market.ReadAsync(default, default)) { }
        var append = () => reading.Journal.AppendAsync(Some.Request(Some.Stream()), default).AsTask();
        (await append.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(Refused);
    }

    [Fact]
    public async Task Databases_of_one_cluster_are_set_up_at_once_and_again()
    {
        await using var one = await PostgresDatabase.CreateAsync();
        await using var two = await PostgresDatabase.CreateAsync();

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i => EventStoreSchema.MigrateAsync(i % 2 == 0 ? one.DataSource : two.DataSource))
        );
        await EventStoreSchema.MigrateAsync(one.DataSource);

        foreach (var database in (PostgresDatabase[])[one, two])
        {
            await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString, new() { Migrate = false });
            (await logs.Journal.AppendedAsync(Some.Request(Some.Stream()))).Last.Value.Should().Be(1);
        }
    }

    [Fact]
    public async Task A_newer_or_altered_database_is_refused()
    {
        await using var newer = await PostgresDatabase.CreateAsync();
        await EventStoreSchema.MigrateAsync(newer.DataSource);
        await RawAppend.ExecuteAsync(newer, "INSERT INTO eventstore.migration VALUES (999, '999_future.sql', '')");
        await using var altered = await PostgresDatabase.CreateAsync();
        await EventStoreSchema.MigrateAsync(altered.DataSource);
        await RawAppend.ExecuteAsync(altered, "UPDATE eventstore.migration SET hash = '' WHERE number = 1");

        await FluentActions
            .Awaiting(() => EventStoreSchema.MigrateAsync(newer.DataSource))
            .Should()
            .ThrowAsync<InvalidOperationException>()
            .WithMessage("*999*newer*");
        await FluentActions
            .Awaiting(() => EventStoreSchema.MigrateAsync(altered.DataSource))
            .Should()
            .ThrowAsync<InvalidOperationException>()
            .WithMessage("*001_journal*changed*");
    }

    private async Task RefusedAsync(string role, string sql)
    {
        await using var connection = await open.Database.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await RawAppend.ExecuteAsync(connection, $"SET LOCAL ROLE {role}");
        var act = () => RawAppend.ExecuteAsync(connection, sql);
        (await act.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(Refused);
    }
}
