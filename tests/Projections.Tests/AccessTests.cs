using FluentAssertions;
using Npgsql;
using Trading.Domain;
using Trading.Projections.Accounts;
using Trading.Projections.Schema;
using Trading.Projections.Tests.Kit;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class AccessTests : IAsyncLifetime
{
    private ReadSide _side = null!;

    public static TheoryData<string> OwnedModels =>
        ["sessions", "accounts", "positions", "orders", "deals", "symbols", "users"];

    public async Task InitializeAsync()
    {
        _side = await ReadSide.StartAsync();
        await RandomJournal.AppendAsync(_side.Journal, new Random(5), 400, erasures: false);
        await _side.CaughtUpAsync(await _side.Journal.HeadAsync(default));
    }

    public async Task DisposeAsync() => await _side.DisposeAsync();

    [Theory]
    [MemberData(nameof(OwnedModels))]
    public async Task The_api_sees_one_users_rows_and_none_without_a_user(string model)
    {
        var user = UserKey.Of("user-1").Value;
        foreach (var relation in (string[])[$"read.{model}", $"read_tables.{model}_1"])
        {
            var all = await Count(_side.Sources.Operator, $"select count(*) from {relation}");
            var own = await Count(_side.Sources.Operator, $"select count(*) from {relation} where user_key = '{user}'");
            own.Should().BePositive().And.BeLessThan(all);

            (await Count(_side.Sources.Api, $"select count(*) from {relation}")).Should().Be(0);
            (
                await Count(
                    _side.Sources.Api,
                    $"select set_config('app.user_key', '{user}', true); select count(*) from {relation}"
                )
            )
                .Should()
                .Be(own);
        }
    }

    [Fact]
    public async Task A_question_about_another_user_finds_nothing()
    {
        await using var batch = _side.Sources.Api.CreateBatch();
        batch.BatchCommands.Add(new($"select set_config('app.user_key', '{UserKey.Of("user-1")}', true)"));
        batch.BatchCommands.Add(new($"select * from read.accounts where user_key = '{UserKey.Of("user-2")}'"));
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();

        (await reader.ReadAsync()).Should().BeFalse();
    }

    [Fact]
    public async Task The_user_of_one_question_is_gone_before_the_next()
    {
        for (var round = 0; round < 20; round++)
        {
            await new AccountQueries(_side.Sources).FindAsync(UserKey.Of("user-1"), default);
            (await Count(_side.Sources.Api, "select count(*) from read.accounts")).Should().Be(0);
        }
    }

    [Fact]
    public async Task Users_who_ask_at_once_each_get_their_own_row_and_a_broken_row_harms_nobody_else()
    {
        await _side.ExecuteAsync(
            $"update read_tables.accounts_1 set positions = '[1]' where user_key = '{UserKey.Of("user-3")}'"
        );
        var queries = new AccountQueries(_side.Sources);
        var strangers = Enumerable.Range(0, 500).Select(index => (Key: UserKey.Of($"user-{index % 5}"), index % 5));

        await Task.WhenAll(
            strangers.Select(async stranger =>
            {
                var (user, number) = stranger;
                var find = () => queries.FindAsync(user, default);
                switch (number)
                {
                    case 3:
                        await find.Should().ThrowAsync<System.Text.Json.JsonException>();
                        break;
                    case 4:
                        (await find()).Should().BeNull("nobody has this key");
                        break;
                    default:
                        (await find())!.User.Should().Be(user);
                        break;
                }
            })
        );
    }

    [Fact]
    public async Task A_database_that_is_away_fails_the_question_and_the_next_one_finds_it_back()
    {
        var queries = new AccountQueries(_side.Sources);
        await queries.FindAsync(UserKey.Of("user-1"), default);
        await _side.ExecuteAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'trading_api' and datname = current_database()"
        );

        var find = () => queries.FindAsync(UserKey.Of("user-1"), default);

        await find.Should().ThrowAsync<NpgsqlException>();
        (await find())!.User.Should().Be(UserKey.Of("user-1"));
    }

    [Theory]
    [InlineData("delete from read_tables.accounts_1")]
    [InlineData("update read.accounts set balance = 1")]
    [InlineData("insert into read_tables.candles_2 select * from read_tables.candles_2")]
    [InlineData("update read.checkpoints set at_offset = 0")]
    [InlineData("select read.move_checkpoint('accounts@1', 0, 1)")]
    [InlineData("select * from read.parked_streams")]
    [InlineData("alter table read_tables.accounts_1 no force row level security")]
    [InlineData("drop policy own_rows on read_tables.accounts_1")]
    [InlineData("create table read.mine (id int)")]
    public async Task The_api_can_write_nothing_and_change_no_rule(string sql)
    {
        await using var command = _side.Sources.Api.CreateCommand(sql);
        var execute = () => command.ExecuteNonQueryAsync();

        (await execute.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be("42501");
    }

    [Fact]
    public async Task The_api_cannot_switch_row_security_off()
    {
        await using var command = _side.Sources.Api.CreateCommand(
            "set row_security = off; select * from read.accounts"
        );
        var execute = () => command.ExecuteNonQueryAsync();

        (await execute.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be("42501");
    }

    [Theory]
    [InlineData("delete from read_tables.accounts_1")]
    [InlineData("update read.checkpoints set at_offset = 0")]
    public async Task An_operator_reads_all_and_writes_nothing(string sql)
    {
        await using var command = _side.Sources.Operator.CreateCommand(sql);
        var execute = () => command.ExecuteNonQueryAsync();

        (await execute.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be("42501");
    }

    [Fact]
    public async Task Many_databases_can_migrate_at_once_and_again()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PostgresDatabase.CreateAsync()));

        await Task.WhenAll(
            databases.SelectMany(database =>
                Enumerable.Range(0, 3).Select(_ => ReadSchema.MigrateAsync(database.DataSource, default))
            )
        );

        foreach (var database in databases)
        {
            (await Count(database.DataSource, "select count(*) from read.checkpoints")).Should().Be(9);
            await database.DisposeAsync();
        }
    }

    private static async Task<long> Count(NpgsqlDataSource source, string sql)
    {
        await using var batch = source.CreateBatch();
        foreach (var statement in sql.Split(';'))
        {
            batch.BatchCommands.Add(new(statement));
        }

        await using var reader = await batch.ExecuteReaderAsync();
        long last = -1;
        do
        {
            await reader.ReadAsync();
            last = reader.GetFieldType(0) == typeof(long) ? reader.GetInt64(0) : last;
        } while (await reader.NextResultAsync());

        return last;
    }
}
