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
                .WithConfig(
                    ActorsOnALog
                        .Quiet.WithFallback(SnapshotStore.Hocon(open.Database.ConnectionString, new()))
                        .WithFallback(JournalSetup.Hocon)
                ),
            new JournalSetup(open.Logs.Journal, TimeProvider.System)
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

        await using var command = open.Database.DataSource.CreateCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'trading-snapshots'"
        );
        (await command.ExecuteScalarAsync()).Should().NotBe(0L);
        var connection = SnapshotStore
            .Hocon(open.Database.ConnectionString, new())
            .GetString("akka.persistence.snapshot-store.sql.connection-string");
        await using var same = new NpgsqlConnection(connection);
        await same.OpenAsync();
        await using var role = new NpgsqlCommand("SELECT current_user::text", same);
        (await role.ExecuteScalarAsync()).Should().Be(EventStoreSchema.AppRole);
    }

    [Fact]
    public void A_password_may_hold_any_character()
    {
        const string Password = "it's \"a\" \\ $secret { } # = ; ü//";
        var given = new NpgsqlConnectionStringBuilder(open.Database.ConnectionString) { Password = Password };

        var configured = SnapshotStore
            .Hocon(given.ConnectionString, new())
            .GetString("akka.persistence.snapshot-store.sql.connection-string");

        new NpgsqlConnectionStringBuilder(configured).Password.Should().Be(Password);
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
