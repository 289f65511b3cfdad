using FluentAssertions;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EmbeddedPostgres;
using Trading.Postgres;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>The server that takes writes is another one from now on, and connections to the former one stay open.</summary>
public sealed class FailOvers : IAsyncLifetime
{
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(10);

    private EmbeddedPostgresCluster _one = null!;

    public async Task InitializeAsync() => _one = await StartAsync();

    public async Task DisposeAsync() => await _one.DisposeAsync();

    [Fact]
    public async Task Sessions_that_turn_read_only_are_left_in_every_pool_and_nothing_is_lost_or_doubled()
    {
        await using var logs = await PostgresLogs.OpenAsync(
            _one.ConnectionString("trading"),
            new() { MasterKey = new byte[32] }
        );
        var stream = Some.Stream();
        var followed = FollowAsync(logs, 60);
        await AppendAsync(logs, stream, 0, 20);
        await logs.Market.ClaimAsync(StreamName.Of("feed", "demo"), default);
        var former = await SessionsAsync();
        former.Should().BeGreaterThan(2);

        await TurnAsync(_one, "ALTER DATABASE trading SET default_transaction_read_only = off");
        await TurnAsync(_one, "ALTER SYSTEM SET default_transaction_read_only = on");
        await TurnAsync(_one, "SELECT pg_reload_conf()");
        await AppendAsync(logs, stream, 20, 40);
        await logs.Market.ClaimAsync(StreamName.Of("feed", "demo"), default).AsTask().WaitAsync(Seconds);
        await logs.Sealer.SealAsync(Some.Trader, "a secret", default).AsTask().WaitAsync(Seconds);

        (await logs.Journal.ReadAllAsync(stream))
            .Select(e => e.Version.Value)
            .Should()
            .Equal(Enumerable.Range(1, 60).Select(at => (long)at));
        (await followed.WaitAsync(Seconds)).Should().Equal(Enumerable.Range(1, 60).Select(at => (long)at));
        // Also the connections that only listen and read: where nothing is committed there is nothing to hear.
        await Eventually.Be(async () => await ReadOnlySessionsAsync() == 0, Seconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Target Session Attributes=read-write")]
    public async Task Of_several_hosts_the_one_that_takes_writes_is_found_and_found_again(string attributes)
    {
        await using var two = await StartAsync();
        var address = new NpgsqlConnectionStringBuilder(_one.ConnectionString("trading"));
        // Whoever is sent to the one or to the other has the same password.
        await AskAsync(two.ConnectionString(), $"ALTER ROLE \"{address.Username}\" PASSWORD '{address.Password}'");
        await using (await PostgresLogs.OpenAsync(_one.ConnectionString("trading"))) { }

        await using (await PostgresLogs.OpenAsync(WithPort(address, two.Port))) { }

        await ReadOnlyAsync(_one, true);
        var hosts =
            $"Host=127.0.0.1:{_one.Port},127.0.0.1:{two.Port};Database=trading;Username={address.Username};"
            + $"Password={address.Password};SSL Mode=Disable;{attributes}";
        await using var logs = await PostgresLogs.OpenAsync(hosts);

        await AppendAsync(logs, Some.Stream(), 0, 5);
        (await CountAsync(two)).Should().Be(5);

        await ReadOnlyAsync(_one, false);
        await ReadOnlyAsync(two, true);
        await AppendAsync(logs, Some.Stream(), 0, 7);
        (await CountAsync(_one)).Should().Be(7);
        (await CountAsync(two)).Should().Be(5);
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_is_refused_in_one_sentence_by_who_writes_and_good_for_who_reads()
    {
        await using (await PostgresLogs.OpenAsync(_one.ConnectionString("trading"))) { }

        await ReadOnlyAsync(_one, true);

        var writing = () => PostgresLogs.OpenAsync(_one.ConnectionString("trading"));
        (await writing.Should().ThrowAsync<WrongServerException>()).Which.Message.Should().Contain("takes no writes");
        await using var reading = await PostgresLogs.OpenAsync(
            _one.ConnectionString("trading"),
            new() { ReadOnly = true, Migrate = false }
        );
        (await reading.Journal.HeadAsync(default)).Should().Be(Offset.Start);
    }

    [Theory]
    [InlineData("25006", "cannot execute INSERT in a read-only transaction", true)]
    [InlineData("25006", "cannot execute LISTEN during recovery", true)]
    [InlineData("0A000", "cannot use serializable mode in a hot standby", true)]
    [InlineData("55000", "recovery is in progress", true)]
    [InlineData("57P01", "terminating connection due to administrator command", true)]
    [InlineData("57P02", "terminating connection because of crash of another server process", true)]
    [InlineData("57P03", "the database system is starting up", true)]
    [InlineData("08006", "connection failure", true)]
    [InlineData("08P01", "server login has been failing", true)]
    [InlineData("0A000", "cached plan must not change result type", false)]
    [InlineData("55000", "lastval is not yet defined in this session", false)]
    [InlineData("57014", "canceling statement due to user request", false)]
    [InlineData("23505", "duplicate key value violates unique constraint", false)]
    public void What_says_that_the_server_is_the_wrong_one_is_known(string code, string text, bool isWrong)
    {
        var failure = new PostgresException(text, "ERROR", "ERROR", code);

        DatabaseFailure.IsWrongServer(failure).Should().Be(isWrong);
        if (isWrong)
        {
            DatabaseFailure.IsAway(failure).Should().BeTrue("whoever asked may ask again");
        }
    }

    private static async Task<EmbeddedPostgresCluster> StartAsync()
    {
        var cluster = await TestCluster.StartPrivateAsync();
        await cluster.CreateDatabaseAsync("trading");
        return cluster;
    }

    private static string WithPort(NpgsqlConnectionStringBuilder address, int port) =>
        new NpgsqlConnectionStringBuilder(address.ConnectionString) { Port = port }.ConnectionString;

    private static async Task AppendAsync(PostgresLogs logs, StreamName stream, long from, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var outcome = await logs
                .Journal.AppendAsync(Some.Request(stream, from + i), default)
                .AsTask()
                .WaitAsync(Seconds);
            outcome.Should().BeOfType<AppendOutcome.Appended>().Which.Version.Value.Should().Be(from + i + 1);
        }
    }

    private static async Task<List<long>> FollowAsync(PostgresLogs logs, int count) =>
        [.. (await logs.Journal.FollowAsync(Offset.Start, count)).Select(e => e.Offset.Value)];

    private async Task ReadOnlyAsync(EmbeddedPostgresCluster cluster, bool on)
    {
        await TurnAsync(cluster, $"ALTER SYSTEM SET default_transaction_read_only = {(on ? "on" : "off")}");
        await TurnAsync(cluster, "SELECT pg_reload_conf()");
        await Eventually.Be(async () =>
            (string?)await AskAsync(cluster, "SHOW default_transaction_read_only") == (on ? "on" : "off")
        );
    }

    private async Task<long> SessionsAsync() =>
        (long)(await AskAsync(_one, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'trading%'"))!;

    // What a session is set to is its own secret; but those from before the change are known by when they began.
    private async Task<long> ReadOnlySessionsAsync() =>
        (long)
            (
                await AskAsync(
                    _one,
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'trading%' AND backend_start < pg_conf_load_time()"
                )
            )!;

    private async Task<long> CountAsync(EmbeddedPostgresCluster cluster) =>
        (long)(await AskAsync(cluster, "SELECT count(*) FROM eventstore.journal"))!;

    private Task TurnAsync(EmbeddedPostgresCluster cluster, string sql) =>
        AskAsync(cluster, $"SET default_transaction_read_only = off; {sql}", "postgres");

    private Task<object?> AskAsync(EmbeddedPostgresCluster cluster, string sql, string database = "trading") =>
        AskAsync(WithPort(new(_one.ConnectionString(database)), cluster.Port), sql);

    private static async Task<object?> AskAsync(string address, string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(address) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync();
        object? answer = null;
        foreach (var statement in sql.Split("; "))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            answer = await command.ExecuteScalarAsync();
        }

        return answer;
    }
}
