using System.Net;
using FluentAssertions;
using Trading.Api.Configuration;
using Trading.Api.Hosting;
using Trading.TestKit;
using Trading.TestKit.Poolers;
using Xunit;

namespace Trading.Api.Tests;

public sealed class PoolerTests : IAsyncLifetime
{
    private readonly PostgresDatabase _database = new();

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_pooler_that_shares_sessions_is_refused_at_the_start()
    {
        await using var pooler = PoolingProxy.OfTransactions(_database.ConnectionString);

        await ShouldBeRefusedAsync(pooler.ConnectionString);
    }

    [PgBouncerFact]
    public async Task PgBouncer_in_transaction_mode_is_refused_at_the_start()
    {
        await using var bouncer = await PgBouncer.StartAsync(_database.ConnectionString, "transaction");

        await ShouldBeRefusedAsync(bouncer.ConnectionString);
    }

    [Fact]
    public async Task A_pooler_whose_clients_keep_their_sessions_is_as_good_as_the_server()
    {
        await using var pooler = PoolingProxy.OfSessions(_database.ConnectionString);

        await ShouldServeAsync(pooler.ConnectionString);
    }

    [PgBouncerFact]
    public async Task PgBouncer_in_session_mode_is_as_good_as_the_server()
    {
        await using var bouncer = await PgBouncer.StartAsync(_database.ConnectionString, "session");

        await ShouldServeAsync(bouncer.ConnectionString);
    }

    private static async Task ShouldBeRefusedAsync(string postgres)
    {
        var start = () => TradingService.StartAsync(Service.Settings(postgres));

        var refused = (await start.Should().ThrowAsync<SettingsException>()).Which;
        refused
            .Problems.Should()
            .ContainSingle()
            .Which.Should()
            .StartWith("TRADING_POSTGRES")
            .And.Contain("session mode");
        refused.Message.Should().NotContain("Password");
    }

    private static async Task ShouldServeAsync(string postgres)
    {
        var service = new LiveService { Postgres = postgres };
        await service.InitializeAsync();
        try
        {
            using var trader = service.Trader();
            var account = long.Parse(LiveService.Account);
            service.Sandbox.Control.MoveCash(account, 123.45m, null);
            var balance = service.Sandbox.Control.Account(account).Balance;
            await Eventually.Be(async () =>
                (await trader.GetAsync("/account")) is { StatusCode: HttpStatusCode.OK } answer
                && (await answer.JsonAsync())["balance"]!.GetValue<decimal>() == balance
            );
            (await trader.GetAsync("/ctrader/oauth/start")).StatusCode.Should().Be(HttpStatusCode.OK);
            (await service.Anonymous().GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
        }
        finally
        {
            await service.DisposeAsync();
        }
    }
}
