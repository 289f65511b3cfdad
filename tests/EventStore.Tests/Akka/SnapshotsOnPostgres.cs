using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Persistence;
using FluentAssertions;
using Npgsql;
using Trading.EventStore.Akka;
using Trading.EventStore.Tests.Contracts;
using Xunit;

namespace Trading.EventStore.Tests.Akka;

/// <summary>Akka.Persistence.Sql's snapshot store on the table of our schema, with the rights of the service.</summary>
public sealed class SnapshotsOnPostgres(OpenLogs open)
    : global::Akka.TestKit.Xunit2.TestKit(
        ActorSystemSetup.Create(
            BootstrapSetup
                .Create()
                .WithConfig(ActorsOnALog.Quiet.WithFallback(SnapshotStore.Hocon).WithFallback(JournalSetup.Hocon)),
            new JournalSetup(open.Logs.Journal, TimeProvider.System),
            SnapshotStore.Over(open.Logs)
        )
    ),
        IClassFixture<OpenLogs>
{
    private static readonly DateTime s_created = Some.Noon.UtcDateTime;

    private IActorRef Store => Persistence.Instance.Apply(Sys).SnapshotStoreFor(null);

    [Fact]
    public async Task A_snapshot_comes_back_whole_the_newest_first()
    {
        var id = Some.Stream("session").Value;
        await SaveAsync(id, 5, [5]);
        await SaveAsync(id, 9, [9, 0, 255]);

        var newest = await LoadAsync(id, SnapshotSelectionCriteria.Latest);

        newest!.Metadata.SequenceNr.Should().Be(9);
        newest.Snapshot.Should().BeEquivalentTo(new byte[] { 9, 0, 255 });
        (await LoadAsync(id, new(8)))!.Metadata.SequenceNr.Should().Be(5);
        (await LoadAsync(Some.Stream("session").Value, SnapshotSelectionCriteria.Latest)).Should().BeNull();
    }

    [Fact]
    public async Task A_snapshot_of_the_same_number_replaces_the_former_one()
    {
        var id = Some.Stream("session").Value;
        await SaveAsync(id, 5, [1]);
        await SaveAsync(id, 5, [2]);

        (await LoadAsync(id, SnapshotSelectionCriteria.Latest))!.Snapshot.Should().BeEquivalentTo(new byte[] { 2 });
    }

    [Fact]
    public async Task Former_snapshots_are_deleted()
    {
        var id = Some.Stream("session").Value;
        await SaveAsync(id, 5, [5]);
        await SaveAsync(id, 9, [9]);

        Store.Tell(new DeleteSnapshots(id, new(8)), TestActor);

        await ExpectMsgAsync<DeleteSnapshotsSuccess>();
        (await LoadAsync(id, new(8))).Should().BeNull();
        (await LoadAsync(id, SnapshotSelectionCriteria.Latest))!.Metadata.SequenceNr.Should().Be(9);
    }

    [Fact]
    public async Task The_store_works_with_the_rights_of_the_service()
    {
        await SaveAsync(Some.Stream("session").Value, 1, [1]);

        await using var role = open.Logs.Reader.CreateCommand("SELECT current_user::text");
        (await role.ExecuteScalarAsync()).Should().Be(EventStoreSchema.AppRole);
    }

    [Fact]
    public async Task Connections_go_back_to_where_they_came_from()
    {
        for (var i = 1; i <= 2 * new EventStoreOptions().MaxConnections; i++)
        {
            var id = Some.Stream("session").Value;
            await SaveAsync(id, i, [1]);
            (await LoadAsync(id, SnapshotSelectionCriteria.Latest)).Should().NotBeNull();
        }
    }

    [Fact]
    public async Task A_password_may_hold_any_character()
    {
        const string Password = "it's \"a\" \\ $secret { } # = ; ü//";
        var login = $"snapshots_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE ROLE {login} LOGIN PASSWORD '{Password.Replace("'", "''")}' IN ROLE trading_app");
        try
        {
            var given = new NpgsqlConnectionStringBuilder(open.Database.ConnectionString)
            {
                Username = login,
                Password = Password,
            };
            await using var logs = await PostgresLogs.OpenAsync(given.ConnectionString, new() { Migrate = false });

            await using var command = logs.Reader.CreateCommand("SELECT session_user::text");
            (await command.ExecuteScalarAsync()).Should().Be(login);
            SnapshotStore.Hocon.ToString().Should().NotContain("secret");
        }
        finally
        {
            await ExecuteAsync($"DROP ROLE {login}");
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = open.Database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task SaveAsync(string id, long number, byte[] state)
    {
        Store.Tell(new SaveSnapshot(new SnapshotMetadata(id, number, s_created), state), TestActor);
        await ExpectMsgAsync<SaveSnapshotSuccess>();
    }

    private async Task<SelectedSnapshot?> LoadAsync(string id, SnapshotSelectionCriteria criteria)
    {
        Store.Tell(new LoadSnapshot(id, criteria, long.MaxValue), TestActor);
        return (await ExpectMsgAsync<LoadSnapshotResult>()).Snapshot;
    }
}
