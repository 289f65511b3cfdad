using System.Net;
using System.Net.WebSockets;
using FluentAssertions;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed class TickSocketTests(LiveService service)
{
    [Theory]
    [InlineData("/ws")]
    [InlineData("/")]
    public async Task The_tick_streamers_protocol_is_spoken(string path)
    {
        await using var client = await ConnectAsync(path);

        var status = await client.AskAsync("""{"type":"connect"}""", "status");
        status["status"]!.GetValue<string>().Should().Be("connected");
        status["availableSymbols"]!.AsArray().Select(one => one!.GetValue<string>()).Should().Contain("GBPUSD");

        var subscribed = await client.AskAsync(
            """{"type":"subscribe","symbols":["EURUSD","gbp_usd"],"id":"7"}""",
            "subscriptions"
        );
        subscribed["symbols"]!.AsArray().Select(one => one!.GetValue<string>()).Should().Equal("EURUSD", "GBPUSD");
        subscribed["id"]!.GetValue<string>().Should().Be("7");

        var tick = await client.UntilAsync("tick", one => one["symbol"]!.GetValue<string>() == "GBPUSD");
        string[] names = ["type", "symbol", "bid", "ask", "timestamp", "offset"];
        tick.AsObject().Select(field => field.Key).Should().Equal(names);
        tick["bid"]!.GetValue<decimal>().Should().BePositive();

        (await client.AskAsync("""{"type":"ping","id":"a"}""", "pong"))["id"]!.GetValue<string>().Should().Be("a");
        var left = await client.AskAsync("""{"type":"unsubscribe","symbol":"EUR/USD"}""", "subscriptions");
        left["symbols"]!.AsArray().Select(one => one!.GetValue<string>()).Should().Equal("GBPUSD");
        (await client.AskAsync("""{"type":"getSubscriptions"}""", "subscriptions"))["symbols"]!
            .AsArray()
            .Should()
            .HaveCount(1);
        await client.CloseAsync();
    }

    [Fact]
    public async Task The_tick_streamers_own_port_speaks_its_protocol_too()
    {
        service.Running.Addresses.Should().HaveCount(2).And.OnlyHaveUniqueItems();
        await using var client = await SocketClient.ConnectAsync(
            service.Running.Addresses[1],
            "/",
            Tokens.For(LiveService.UserId)
        );

        var status = await client.AskAsync("""{"type":"connect"}""", "status");
        status["status"]!.GetValue<string>().Should().Be("connected");
        await client.SendAsync("""{"type":"subscribe","symbol":"EURUSD"}""");
        (await client.UntilAsync("tick"))["symbol"]!.GetValue<string>().Should().Be("EURUSD");
    }

    [Fact]
    public async Task Ticks_go_only_to_the_interested_and_in_the_order_of_the_log()
    {
        await using var client = await ConnectAsync("/ws");
        await client.SendAsync("""{"type":"subscribe","symbol":"EURUSD"}""");

        var last = 0L;
        for (var i = 0; i < 20; i++)
        {
            var tick = await client.UntilAsync("tick");
            tick["symbol"]!.GetValue<string>().Should().Be("EURUSD");
            tick["offset"]!.GetValue<long>().Should().BeGreaterThan(last);
            last = tick["offset"]!.GetValue<long>();
        }
    }

    [Theory]
    [InlineData("nonsense", "INVALID_JSON")]
    [InlineData("[1]", "INVALID_JSON")]
    [InlineData("{}", "VALIDATION_ERROR")]
    [InlineData("""{"type":"dance"}""", "UNKNOWN_TYPE")]
    [InlineData("""{"type":"subscribe"}""", "VALIDATION_ERROR")]
    [InlineData("""{"type":"subscribe","symbols":[]}""", "VALIDATION_ERROR")]
    [InlineData("""{"type":"subscribe","symbol":"NOSUCH"}""", "UNKNOWN_SYMBOL")]
    [InlineData("""{"type":"subscribe","symbols":["EURUSD",null]}""", "UNKNOWN_SYMBOL")]
    [InlineData("""{"type":"subscribe","symbols":"EURUSD"}""", "INVALID_JSON")]
    public async Task A_bad_message_is_answered_and_the_connection_goes_on(string message, string code)
    {
        await using var client = await ConnectAsync("/ws");

        var error = await client.AskAsync(message, "error");

        error["code"]!.GetValue<string>().Should().Be(code);
        await client.AskAsync("""{"type":"ping"}""", "pong");
    }

    [Theory]
    [InlineData("""{"type":"subscribe","symbols":"EURUSD"}""", "symbols")]
    [InlineData("""{"type":"subscribe","symbols":["EURUSD",5]}""", "symbols")]
    [InlineData("""{"type":"ping","id":7}""", "id")]
    [InlineData("""{"type":7}""", "type")]
    [InlineData("""{"type":""", null)]
    public async Task A_field_of_another_kind_is_named(string message, string? field)
    {
        await using var client = await ConnectAsync("/ws");

        var error = await client.AskAsync(message, "error");

        error["code"]!.GetValue<string>().Should().Be("INVALID_JSON");
        error["field"]?.GetValue<string>().Should().Be(field);
        error.AsObject().ContainsKey("field").Should().Be(field is not null);
    }

    [Fact]
    public async Task A_price_socket_without_an_instrument_has_no_such_symbol() =>
        await (await service.Trader().GetAsync("/ws/prices")).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "UNKNOWN_SYMBOL",
            "instrument"
        );

    [Fact]
    public async Task A_message_that_is_too_large_ends_the_connection()
    {
        await using var client = await ConnectAsync("/ws");
        await client.SendAsync($$"""{"type":"ping","id":"{{new string('x', 20_000)}}"}""");

        await client.UntilClosedAsync();

        client.CloseStatus.Should().Be(WebSocketCloseStatus.MessageTooBig);
    }

    [Fact]
    public async Task A_flood_of_messages_ends_the_connection()
    {
        await using var client = await ConnectAsync("/ws");
        var flood = async () =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                await client.SendAsync("""{"type":"ping"}""");
            }

            await client.UntilClosedAsync();
        };

        // Whether the farewell or the cut arrives first depends on how fast the flood is.
        try
        {
            await flood();
            client.CloseStatus.Should().Be(WebSocketCloseStatus.PolicyViolation);
        }
        catch (WebSocketException)
        {
            client.State.Should().NotBe(WebSocketState.Open);
        }
    }

    [Theory]
    [InlineData("EURUSD")]
    [InlineData("EUR_USD")]
    [InlineData("EUR/USD")]
    [InlineData("EUR%2FUSD")]
    [InlineData("eurusd")]
    public async Task The_last_price_comes_at_once_and_then_at_most_ten_a_second(string instrument)
    {
        await Eventually.Be(async () =>
            (await (await service.Trader().GetAsync("/prices?symbols=EURUSD")).JsonAsync())["prices"]!.AsArray().Count
            == 1
        );
        await using var client = await ConnectAsync($"/ws/prices/{instrument}");
        await client.UntilAsync("tick");
        var began = TimeProvider.System.GetTimestamp();

        for (var i = 0; i < 5; i++)
        {
            (await client.UntilAsync("tick"))["symbol"]!.GetValue<string>().Should().Be("EURUSD");
        }

        TimeProvider.System.GetElapsedTime(began).Should().BeGreaterThan(TimeSpan.FromMilliseconds(400));
    }

    [Fact]
    public async Task A_socket_without_credentials_is_refused()
    {
        var connect = () => SocketClient.ConnectAsync(service.Address, "/ws");

        (await connect.Should().ThrowAsync<HttpRequestException>())
            .Which.StatusCode.Should()
            .Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_token_may_travel_in_the_query_or_as_a_subprotocol()
    {
        var token = Tokens.For(LiveService.UserId);
        await using var query = await SocketClient.ConnectAsync(service.Address, $"/ws?token={token}");
        await query.AskAsync("""{"type":"ping"}""", "pong");
        await using var other = await SocketClient.ConnectAsync(service.Address, $"/ws?access_token={token}");
        await other.AskAsync("""{"type":"ping"}""", "pong");
        await using var subprotocol = await SocketClient.ConnectAsync(
            service.Address,
            "/ws",
            options: options =>
            {
                options.AddSubProtocol("bearer");
                options.AddSubProtocol(token);
            }
        );
        await subprotocol.AskAsync("""{"type":"ping"}""", "pong");
    }

    [Fact]
    public async Task A_socket_ends_with_the_token_that_opened_it()
    {
        // The verifier forgives 30 s of clock skew at the door; the socket's life is the token's own.
        var token = Tokens.For(LiveService.UserId, life: TimeSpan.FromSeconds(1));
        await using var client = await SocketClient.ConnectAsync(service.Address, "/ws", token);

        await client.UntilClosedAsync();

        client.CloseStatus.Should().Be(WebSocketCloseStatus.PolicyViolation);
        client.CloseReason.Should().Be("token expired");
    }

    private Task<SocketClient> ConnectAsync(string path) =>
        SocketClient.ConnectAsync(service.Address, path, Tokens.For(LiveService.UserId));
}
