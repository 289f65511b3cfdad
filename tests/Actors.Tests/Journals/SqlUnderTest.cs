using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Npgsql;
using Trading.Actors.Protocol;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.TestKit;

namespace Trading.Actors.Tests.Journals;

/// <summary>Akka.Persistence.Sql on PostgreSQL, as it comes. Only the time after which its breaker lets writes through again is
/// shortened: half a minute is more than a test waits.</summary>
internal sealed class SqlUnderTest : ForeignReader, IJournalUnderTest
{
    private readonly PostgresDatabase _database;

    private SqlUnderTest(PostgresDatabase database)
    {
        _database = database;
        Hocon = ConfigurationFactory
            .ParseString(
                $$"""
                akka.persistence.journal {
                  plugin = "akka.persistence.journal.sql"
                  sql {
                    class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
                    connection-string = "{{database.ConnectionString}}"
                    provider-name = "PostgreSQL.15"
                    auto-initialize = true
                    circuit-breaker.reset-timeout = 200ms
                  }
                }
                """
            )
            .WithFallback(SqlPersistence.DefaultConfiguration);
    }

    public Config Hocon { get; }

    public IReadOnlyList<Setup> Setups => [];

    public IEventLog Reader => this;

    public bool HasOffsets => false;

    public static async Task<SqlUnderTest> CreateAsync() => new(await PostgresDatabase.CreateAsync());

    public PersistFailure FailureOf(Exception cause)
    {
        for (var inner = cause; inner is not null; inner = inner.InnerException)
        {
            if (inner is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                return PersistFailure.Lost;
            }
        }

        return PersistFailure.Passing;
    }

    public async ValueTask DisposeAsync() => await ((IAsyncDisposable)_database).DisposeAsync();

    protected override async Task<IReadOnlyList<(StreamName, long, EventEnvelope)>> AllAsync()
    {
        var events = new List<(StreamName, long, EventEnvelope)>();
        try
        {
            await using var command = _database.DataSource.CreateCommand(
                "select persistence_id, sequence_number, manifest, message from journal order by ordering"
            );
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                var type = reader.GetString(2)["event:".Length..];
                var frame = EventFrame.Parser.ParseFrom(await reader.GetFieldValueAsync<byte[]>(3));
                events.Add(
                    (
                        StreamName.Parse(reader.GetString(0)),
                        reader.GetInt64(1),
                        new()
                        {
                            Id = new(new Guid(frame.Id.Span, bigEndian: true)),
                            Payload = EventCatalog.Decode(type, frame.Payload.Memory),
                            OccurredAt = new(frame.OccurredAt, TimeSpan.Zero),
                            CorrelationId = Guid.Empty,
                            CausationId = Guid.Empty,
                            User = frame.UserKey.Length == 0 ? null : UserKey.Parse(frame.UserKey),
                        }
                    )
                );
            }
        }
        catch (PostgresException notYet) when (notYet.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // The plugin makes its tables when it is first used.
        }

        return events;
    }
}
