using Akka.Actor.Setup;
using Akka.Configuration;
using Trading.Actors.Shell;
using Trading.Domain.Ports;
using Trading.EventStore;
using Trading.EventStore.Akka;
using Trading.TestKit;

namespace Trading.Actors.Tests.Journals;

/// <summary>Our journal on PostgreSQL.</summary>
internal sealed class OursUnderTest : IJournalUnderTest
{
    private readonly PostgresDatabase _database;
    private readonly PostgresLogs _logs;
    private readonly TimeProvider _time;

    private OursUnderTest(PostgresDatabase database, PostgresLogs logs, TimeProvider time) =>
        (_database, _logs, _time) = (database, logs, time);

    public Config Hocon => JournalSetup.Hocon;

    public IReadOnlyList<Setup> Setups => [new JournalSetup(_logs.Journal, TimeProvider.System)];

    public IEventLog Reader => _logs.Journal;

    public bool HasOffsets => true;

    public static async Task<OursUnderTest> CreateAsync(TimeProvider time)
    {
        var database = await PostgresDatabase.CreateAsync();
        return new(
            database,
            await PostgresLogs.OpenAsync(database.ConnectionString, new() { MasterKey = new byte[32] }),
            time
        );
    }

    public PersistFailure FailureOf(Exception cause) =>
        cause switch
        {
            StreamConflictException => PersistFailure.Lost,
            RepeatedEventException => PersistFailure.Repeated,
            _ => PersistFailure.Passing,
        };

    public async ValueTask DisposeAsync()
    {
        await _logs.DisposeAsync();
        await ((IAsyncDisposable)_database).DisposeAsync();
    }
}
