using FluentAssertions;
using Npgsql;
using Trading.Postgres;
using Trading.TestKit;
using Trading.TestKit.Poolers;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

public sealed class Poolers(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    [Fact]
    public async Task A_server_itself_is_never_taken_for_a_pooler()
    {
        for (var i = 0; i < 20; i++)
        {
            (await TransactionPooler.IsInFrontAsync(database.ConnectionString, default)).Should().BeFalse();
        }
    }

    [Fact]
    public async Task A_pooler_whose_clients_keep_their_sessions_is_as_good_as_the_server()
    {
        await using var pooler = PoolingProxy.OfSessions(database.ConnectionString);

        (await TransactionPooler.IsInFrontAsync(pooler.ConnectionString, default)).Should().BeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task A_pooler_that_shares_sessions_is_found_out_however_many_others_there_are(int others)
    {
        await using var pooler = PoolingProxy.OfTransactions(database.ConnectionString);
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(pooler.ConnectionString) { Pooling = false }.ConnectionString
        );
        var idle = new List<NpgsqlConnection>();
        for (var i = 0; i < others; i++)
        {
            idle.Add(await source.OpenConnectionAsync());
        }

        (await TransactionPooler.IsInFrontAsync(pooler.ConnectionString, default)).Should().BeTrue();
        foreach (var one in idle)
        {
            await one.DisposeAsync();
        }
    }

    [PgBouncerFact]
    public async Task PgBouncer_is_found_out_in_the_modes_that_share_sessions()
    {
        foreach (var (mode, shares) in new[] { ("session", false), ("transaction", true), ("statement", true) })
        {
            await using var bouncer = await PgBouncer.StartAsync(database.ConnectionString, mode);

            (await TransactionPooler.IsInFrontAsync(bouncer.ConnectionString, default)).Should().Be(shares, mode);
        }
    }

    [Fact]
    public async Task Logs_work_behind_a_pooler_whose_clients_keep_their_sessions()
    {
        await using var pooler = PoolingProxy.OfSessions(database.ConnectionString);
        await AppendAsync(pooler.ConnectionString);
    }

    [PgBouncerFact]
    public async Task Logs_work_behind_PgBouncer_in_session_mode()
    {
        await using var bouncer = await PgBouncer.StartAsync(database.ConnectionString, "session");
        await AppendAsync(bouncer.ConnectionString);
    }

    private static async Task AppendAsync(string connectionString)
    {
        await using var logs = await PostgresLogs.OpenAsync(connectionString);
        var before = await logs.Journal.HeadAsync(default);

        var outcome = await logs.Journal.AppendAsync(Some.Request(Some.Stream(), count: 2), default);

        outcome.Should().Be(new Domain.Logs.AppendOutcome.Appended(before.Plus(2), new(2)));
        await using var command = logs.Reader.CreateCommand("SELECT current_user::text, current_setting('jit')");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        (reader.GetString(0), reader.GetString(1)).Should().Be(("trading_app", "off"));
    }
}
