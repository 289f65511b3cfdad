using System.Security.Cryptography;
using FluentAssertions;
using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.EventStore.Secrets;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

/// <summary>Whatever folds sealed fields has the users' keys, or refuses before it begins and names what is missing.</summary>
public sealed class SealedTests : IAsyncLifetime
{
    private static readonly byte[] s_master = [.. Enumerable.Repeat((byte)3, 32)];
    private static readonly byte[] s_other = [.. Enumerable.Repeat((byte)4, 32)];
    private static readonly Surroundings s_without = new();
    private static readonly Surroundings s_right = Surroundings.WithKey(s_master);
    private static readonly Surroundings s_wrong = Surroundings.WithKey(s_other);

    private RunningReadModels _models = null!;

    public async Task InitializeAsync()
    {
        _models = await RunningReadModels.StartAsync(s_master);
        await GivenAsync(Journal.Ann, "ann");
        await GivenAsync(Journal.Bob, "bob");
    }

    public async Task DisposeAsync() => await _models.DisposeAsync();

    [Fact]
    public async Task A_rebuild_without_the_keys_is_refused_before_it_begins_and_readers_see_what_they_saw()
    {
        (await LoginAsync(Journal.Ann)).Should().Be("login of ann");

        var blind = await RunAsync(s_without, "rebuild", "accounts", "--verify");
        var all = await RunAsync(s_without, "rebuild", "--all");
        var wrong = await RunAsync(s_wrong, "rebuild", "accounts");
        var back = await RunAsync(s_without, "rebuild", "accounts", "--rollback");

        (blind.ExitCode, all.ExitCode, wrong.ExitCode, back.ExitCode).Should().Be((2, 2, 2, 2));
        blind.Output.Should().BeEmpty();
        blind
            .Error.Should()
            .Contain("2 of 2 users")
            .And.Contain("no master key is given")
            .And.Contain("TRADING_MASTER_KEY");
        wrong
            .Error.Should()
            .Contain("TRADING_MASTER_KEY")
            .And.Contain($"given is {NameOf(s_other)}")
            .And.Contain(NameOf(s_master));
        wrong.Error.Should().NotContain(Convert.ToBase64String(s_other));
        (await _models.ScalarAsync<long>("select count(*) from read.rebuilds")).Should().Be(0);
        (await LoginAsync(Journal.Ann)).Should().Be("login of ann");
    }

    [Fact]
    public async Task With_the_keys_a_rebuilt_table_says_what_the_live_one_said()
    {
        var rebuilt = await RunAsync(s_right, "rebuild", "--all", "--verify", "--json");

        rebuilt.ExitCode.Should().Be(0, rebuilt.Output + rebuilt.Error);
        (await LoginAsync(Journal.Ann)).Should().Be("login of ann");
        (await _models.ScalarAsync<string>($"select label from read.orders where user_key = '{Journal.Bob}'"))
            .Should()
            .Be("label of bob");
    }

    [Fact]
    public async Task A_comparison_without_the_keys_is_none_and_with_them_finds_what_differs()
    {
        var blind = await RunAsync(s_without, "compare", "accounts");
        var wrong = await RunAsync(s_wrong, "compare", "--all");
        var right = await RunAsync(s_right, "compare", "--all");
        await _models.ExecuteAsync("update read_tables.accounts_1 set login = ''");
        var stillBlind = await RunAsync(s_without, "compare", "accounts");
        var damaged = await RunAsync(s_right, "compare", "accounts", "--json");

        (blind.ExitCode, wrong.ExitCode, stillBlind.ExitCode).Should().Be((2, 2, 2));
        blind.Error.Should().Contain("no master key is given");
        right.ExitCode.Should().Be(0, right.Output + right.Error);
        damaged.ExitCode.Should().Be(1, damaged.Error);
        damaged.Objects.Single().GetProperty("differences").GetInt64().Should().Be(2);
    }

    [Theory]
    [InlineData("state --user=ann@example.com")]
    [InlineData("state --account=1-ann --user=ann@example.com")]
    [InlineData("state --stream=session-ANN")]
    [InlineData("diff --user=ann@example.com --from=0")]
    [InlineData("diff --stream=session-ANN --from=0")]
    [InlineData("replay")]
    [InlineData("replay --user=ann@example.com --only=accounts")]
    [InlineData("replay --into=INTO")]
    [InlineData("replay --user=ann@example.com --listen=0")]
    public async Task What_folds_to_show_refuses_without_the_keys_and_with_others(string words)
    {
        await using var target = await PostgresDatabase.CreateAsync();
        string[] args =
        [
            .. words
                .Split(' ')
                .Select(word =>
                    word.Replace("ANN", Journal.Ann.Value, StringComparison.Ordinal)
                        .Replace("INTO", target.ConnectionString, StringComparison.Ordinal)
                ),
        ];

        var blind = await RunAsync(s_without, args);
        var wrong = await RunAsync(s_wrong, args);

        (blind.ExitCode, wrong.ExitCode).Should().Be((2, 2));
        blind.Output.Should().BeEmpty();
        blind.Error.Should().Contain("no master key is given").And.Contain("TRADING_MASTER_KEY");
        wrong.Error.Should().Contain($"given is {NameOf(s_other)}");
        await using var schemas = target.DataSource.CreateCommand(
            "select count(*) from pg_namespace where nspname = 'read'"
        );
        (await schemas.ExecuteScalarAsync()).Should().Be(0L, "nothing was begun");
    }

    [Fact]
    public async Task What_is_shown_with_the_keys_holds_the_words_and_without_them_only_when_that_is_asked_for()
    {
        var shown = await RunAsync(s_right, "state", "--user=ann@example.com");
        var replayed = await RunAsync(s_right, "replay", "--only=accounts", "--only=orders");
        var figures = await RunAsync(s_without, "state", "--user=ann@example.com", "--without-keys");
        var prices = await RunAsync(s_without, "replay", "--only=candles");

        shown.ExitCode.Should().Be(0, shown.Error);
        replayed.Output.Should().Contain("login of ann").And.Contain("label of ann").And.Contain("label of bob");
        figures.ExitCode.Should().Be(0, figures.Error);
        figures.Output.Should().NotContain("of ann");
        prices.ExitCode.Should().Be(0, prices.Error);
    }

    [Fact]
    public async Task Events_show_what_is_sealed_as_sealed_and_a_wrong_key_is_a_mistake()
    {
        var blind = await RunAsync(s_without, "events", "--type=AccountDescribed");
        var wrong = await RunAsync(s_wrong, "events", "--type=AccountDescribed");
        var right = await RunAsync(s_right, "events", "--type=AccountDescribed");

        blind.ExitCode.Should().Be(0);
        blind.Lines.Should().HaveCount(2).And.OnlyContain(line => line.Contains("\"sealed\":"));
        blind.Error.Should().Contain("2 events hold something sealed").And.Contain("TRADING_MASTER_KEY");
        wrong.ExitCode.Should().Be(2);
        wrong.Error.Should().Contain($"given is {NameOf(s_other)}");
        right.Output.Should().Contain("login of ann").And.Contain("login of bob");
        right.Error.Should().BeEmpty();
    }

    [Fact]
    public async Task Whoever_was_erased_misses_no_key()
    {
        await new UserErasure(_models.Logs, TimeProvider.System).RunAsync(Journal.Bob, default);
        await _models.CatchUpAsync();

        var rebuilt = await RunAsync(s_right, "rebuild", "accounts", "--verify");
        var compared = await RunAsync(s_right, "compare", "--all");

        rebuilt.ExitCode.Should().Be(0, rebuilt.Error);
        compared.ExitCode.Should().Be(0, compared.Output + compared.Error);
        (await LoginAsync(Journal.Ann)).Should().Be("login of ann");
    }

    [Fact]
    public async Task A_key_that_was_lost_is_missed_and_its_owner_named()
    {
        await _models.ExecuteAsync($"delete from eventstore.user_key where encode(user_key, 'hex') = '{Journal.Bob}'");

        var rebuilt = await RunAsync(s_right, "rebuild", "accounts");
        var others = await RunAsync(s_right, "state", "--user=ann@example.com");

        rebuilt.ExitCode.Should().Be(2);
        rebuilt.Error.Should().Contain("1 users the key is missing").And.Contain(Journal.Bob.Value);
        others.ExitCode.Should().Be(0, others.Error);
    }

    [Fact]
    public async Task Keys_of_before_a_rotation_count_and_ticks_need_none()
    {
        var rotated = new Surroundings
        {
            Variables = new Dictionary<string, string>
            {
                ["TRADING_MASTER_KEY"] = Convert.ToBase64String(s_other),
                ["TRADING_FORMER_MASTER_KEYS"] = Convert.ToBase64String(s_master),
            },
        };

        (await RunAsync(rotated, "compare", "accounts")).ExitCode.Should().Be(0);
        (await RunAsync(s_without, "rebuild", "candles")).ExitCode.Should().Be(0);
        (await RunAsync(s_without, "verify")).ExitCode.Should().Be(0, "digests are of what is stored");
    }

    private Task<ToolRun> RunAsync(Surroundings surroundings, params string[] args) =>
        ToolProcess.RunAsync(surroundings, [.. args, _models.Connection]);

    private async Task GivenAsync(UserKey user, string name)
    {
        IMessage[] events =
        [
            new UserIdentified { UserKey = user.Value },
            new AccountSelected { AccountId = $"1-{name}", Environment = BrokerEnvironment.Demo },
            new AccountDescribed
            {
                AccountId = $"1-{name}",
                UserKey = user.Value,
                Environment = BrokerEnvironment.Demo,
                Currency = "USD",
                MoneyDigits = 2,
                Login = $"login of {name}",
            },
            new OrderAccepted
            {
                AccountId = $"1-{name}",
                Order = new()
                {
                    OrderId = "7",
                    Symbol = "EURUSD",
                    Side = Side.Buy,
                    Type = "limit",
                    Label = $"label of {name}",
                },
            },
        ];
        await Journal.AppendAsync(_models.Logs, user, events);
        await _models.CatchUpAsync();
    }

    private Task<string?> LoginAsync(UserKey user) =>
        _models.ScalarAsync<string>($"select login from read.accounts where user_key = '{user}'");

    // As 'keys show' names it.
    private static string NameOf(byte[] master) =>
        Convert.ToHexStringLower(SHA256.HashData([.. "trading master key "u8, .. master]).AsSpan(0, 8));
}
