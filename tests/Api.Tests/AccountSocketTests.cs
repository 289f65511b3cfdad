using System.Net;
using FluentAssertions;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed class AccountSocketTests(LiveService service)
{
    [Fact]
    public async Task A_snapshot_comes_first_and_then_each_change_once()
    {
        await using var client = await ConnectAsync();
        var snapshot = await client.ReceiveAsync();
        snapshot!["type"]!.GetValue<string>().Should().Be("snapshot");
        var before = snapshot["account"]!["balance"]!.GetValue<decimal>();
        snapshot["positions"]!.AsArray().Should().NotBeEmpty();

        Deposit(120.50m);

        var cash = await client.UntilAsync("cash");
        cash["event"]!.GetValue<string>().Should().Be("FundsDeposited");
        cash["offset"]!.GetValue<long>().Should().BeGreaterThan(snapshot["offset"]!.GetValue<long>());
        var balance = await client.UntilAsync("balance");
        balance["data"]!["balance"]!.GetValue<decimal>().Should().Be(before + 120.50m);
        balance["data"]!.AsObject().ContainsKey("source").Should().BeFalse();
    }

    [Fact]
    public async Task A_snapshot_comes_first_even_to_a_client_that_speaks_at_once()
    {
        for (var i = 0; i < 10; i++)
        {
            await using var client = await ConnectAsync();
            await client.SendAsync("""{"type":"ping"}""");

            (await client.ReceiveAsync())!["type"]!.GetValue<string>().Should().Be("snapshot");
            (await client.UntilAsync("pong")).Should().NotBeNull();
        }
    }

    [Fact]
    public async Task A_client_that_comes_back_with_its_offset_misses_nothing_and_gets_nothing_twice()
    {
        long last;
        await using (var first = await ConnectAsync())
        {
            await first.UntilAsync("snapshot");
            Deposit(1m);
            last = (await first.UntilAsync("balance"))["offset"]!.GetValue<long>();
            await first.CloseAsync();
        }

        Deposit(2m);
        Deposit(3m);
        await using var second = await ConnectAsync(last);
        (await second.ReceiveAsync())!["type"]!.GetValue<string>().Should().Be("resumed");
        Deposit(4m);
        var deltas = new List<decimal>();
        var offsets = new List<long>();
        while (deltas.Count < 3)
        {
            var message = await second.ReceiveAsync();
            offsets.Add(message!["offset"]!.GetValue<long>());
            if (message["type"]!.GetValue<string>() == "balance")
            {
                deltas.Add(message["data"]!["delta"]!.GetValue<decimal>());
            }
        }

        deltas.Should().Equal(2m, 3m, 4m);
        offsets.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        offsets[0].Should().BeGreaterThan(last);
    }

    [Fact]
    public async Task An_offset_the_journal_does_not_have_gets_a_snapshot()
    {
        await using var client = await ConnectAsync(9_999_999);

        (await client.ReceiveAsync())!["type"]!.GetValue<string>().Should().Be("snapshot");
    }

    [Fact]
    public async Task Another_user_sees_nothing_of_it()
    {
        var stranger = Tokens.For("12121212-1212-4212-8212-121212121212");
        await using var client = await SocketClient.ConnectAsync(service.Address, "/ws/account", stranger);
        var snapshot = await client.UntilAsync("snapshot");
        snapshot["account"].Should().BeNull();

        await using var owner = await ConnectAsync();
        await owner.UntilAsync("snapshot");
        Deposit(5m);
        await owner.UntilAsync("balance");

        await client.SendAsync("""{"type":"ping"}""");
        (await client.ReceiveAsync())!["type"]!.GetValue<string>().Should().Be("pong");
    }

    [Theory]
    [InlineData("?after=-1")]
    [InlineData("?after=soon")]
    public async Task A_wrong_offset_is_refused(string query)
    {
        var connect = () =>
            SocketClient.ConnectAsync(service.Address, $"/ws/account{query}", Tokens.For(LiveService.UserId));

        (await connect.Should().ThrowAsync<HttpRequestException>())
            .Which.StatusCode.Should()
            .Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_key_of_the_bridge_opens_no_account()
    {
        var connect = () => SocketClient.ConnectAsync(service.Address, "/ws/account", Service.ApiKey);

        (await connect.Should().ThrowAsync<HttpRequestException>())
            .Which.StatusCode.Should()
            .Be(HttpStatusCode.Unauthorized);
    }

    private void Deposit(decimal amount) =>
        service.Sandbox.Control.MoveCash(long.Parse(LiveService.Account), amount, "test").Accepted.Should().BeTrue();

    private Task<SocketClient> ConnectAsync(long? after = null) =>
        SocketClient.ConnectAsync(
            service.Address,
            after is null ? "/ws/account" : $"/ws/account?after={after}",
            Tokens.For(LiveService.UserId)
        );
}
