using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Api.Configuration;
using Trading.Api.Live;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>A client whose connection stands and takes nothing: not even a goodbye.</summary>
public sealed class DeadSocketTests(DeadSocketTests.ImpatientService service)
    : IClassFixture<DeadSocketTests.ImpatientService>
{
    private const string Id = "24242424-2424-4424-8424-242424242424";

    // More than the kernel's buffers hold, in pieces that do not make the neighbour slow.
    private const int Enough = 1_000;
    private const int Few = 4;

    private SocketQuota Places => service.Running.Services.GetRequiredService<SocketQuota>();

    [Fact]
    public async Task Is_cut_off_from_business_messages_and_its_neighbour_gets_them_all()
    {
        using var dead = await OpenAsync("/ws/account");
        await using var neighbour = await SocketClient.ConnectAsync(service.Address, "/ws/account", Tokens.For(Id));
        await neighbour.UntilAsync("snapshot");
        var journal = service.Running.Services.GetRequiredService<IEventLog>();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < Enough; i += Few)
        {
            await journal.AppendAsync(BulkyDeposits.Of(UserKey.Of(Id), i, Few), default);
            for (var n = 0; n < Few; n++)
            {
                var cash = await neighbour.UntilAsync("cash");
                cash["data"]!["movementId"]!.GetValue<string>().Should().Be($"m{i + n}");
            }
        }

        await Eventually.Be(() => Places.Open == 1, text: "only the neighbour is left");
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(48 * 1024 * 1024);
    }

    [Fact]
    public async Task Is_cut_off_from_ticks_and_its_neighbour_sees_the_newest()
    {
        var hub = service.Running.Services.GetRequiredService<Markets>().Of(BrokerEnvironment.Demo).Hub;
        using var dead = await OpenAsync("/ws");
        await SayAsync(dead, """{"type":"subscribe","symbol":"AAA"}""");
        await using var neighbour = await SocketClient.ConnectAsync(service.Address, "/ws", Tokens.For(Id));
        await neighbour.AskAsync("""{"type":"subscribe","symbol":"AAA"}""", "subscriptions");

        var offset = 1L;
        await Eventually.Be(
            async () =>
            {
                hub.Publish(Block(offset, 200));
                offset += 200;
                await neighbour.UntilAsync("tick", tick => tick["offset"]!.GetValue<long>() == offset - 1);
                return Places.Open == 1;
            },
            TimeSpan.FromSeconds(20),
            "only the neighbour is left"
        );
    }

    private async Task<TcpClient> OpenAsync(string path)
    {
        var client = new TcpClient { ReceiveBufferSize = 4_096 };
        await client.ConnectAsync(service.Address.Host, service.Address.Port);
        var request =
            $"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            + $"Authorization: Bearer {Tokens.For(Id)}\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        await Eventually.Be(() => Places.Open > 0);
        return client;
    }

    /// <summary>One short text message, masked with zeros.</summary>
    private static async Task SayAsync(TcpClient client, string text)
    {
        byte[] frame = [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)];
        await client.GetStream().WriteAsync(frame);
    }

    private static TickBlock Block(long first, int count)
    {
        var ticks = new Tick[count];
        for (var i = 0; i < count; i++)
        {
            ticks[i] = new(new("AAA"), new(100_000_000 + first + i), new(100_000_100 + first + i), first);
        }

        return new(new(first), MarketStreams.FeedOf(BrokerEnvironment.Demo), DateTimeOffset.UnixEpoch, ticks);
    }

    /// <summary>It waits for a client for half a second only.</summary>
    public sealed class ImpatientService : Service
    {
        protected override Task<ServiceSettings> SettingsAsync(ServiceSettings settings) =>
            Task.FromResult(
                settings with
                {
                    Limits = settings.Limits with { SocketTakesWithin = TimeSpan.FromMilliseconds(500) },
                }
            );
    }
}
