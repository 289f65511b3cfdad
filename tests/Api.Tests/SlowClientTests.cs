using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Api.Live;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

public sealed class SlowClientTests(Service service) : IClassFixture<Service>
{
    private static readonly StreamName Feed = StreamName.Of("feed", "demo");

    [Fact]
    public async Task A_client_that_does_not_read_ticks_costs_little_and_then_sees_the_newest()
    {
        const int Blocks = 4_000;
        const int BlockSize = 100;
        var hub = service.Running.Services.GetRequiredService<Markets>().Of(BrokerEnvironment.Demo).Hub;
        await using var slow = await SocketClient.ConnectAsync(
            service.Address,
            "/ws",
            Tokens.For("17171717-1717-4717-8717-171717171717")
        );
        await slow.AskAsync("""{"type":"subscribe","symbols":["AAA","BBB"]}""", "subscriptions");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var block = 0; block < Blocks; block++)
        {
            hub.Publish(Block(block * BlockSize + 1, BlockSize));
        }

        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(8 * 1024 * 1024);
        var newest = new Dictionary<string, long>();
        var received = 0;
        while (newest.GetValueOrDefault("BBB") < Blocks * BlockSize)
        {
            var tick = await slow.UntilAsync("tick");
            var symbol = tick["symbol"]!.GetValue<string>();
            var offset = tick["offset"]!.GetValue<long>();
            offset
                .Should()
                .BeGreaterThan(newest.GetValueOrDefault(symbol), "a symbol's ticks come in order, each once");
            newest[symbol] = offset;
            received++;
        }

        newest["AAA"].Should().Be(Blocks * BlockSize - 1);
        received.Should().BeLessThan(Blocks * BlockSize, "what could not be sent was merged");
    }

    [Fact]
    public async Task A_client_that_does_not_read_business_messages_is_closed_and_resumes_without_loss()
    {
        const int Count = 1_200;
        const string Id = "18181818-1818-4818-8818-181818181818";
        var token = Tokens.For(Id);
        var journal = service.Running.Services.GetRequiredService<IEventLog>();
        await using var slow = await SocketClient.ConnectAsync(service.Address, "/ws/account", token);
        await slow.UntilAsync("snapshot");

        // More than the kernel's and the server's buffers hold.
        for (var i = 0; i < Count; i += 100)
        {
            await journal.AppendAsync(BulkyDeposits.Of(UserKey.Of(Id), i, 100), default);
        }

        var movements = new List<string>();
        var last = 0L;
        while (await slow.ReceiveAsync() is { } message)
        {
            movements.Add(message["data"]!["movementId"]!.GetValue<string>());
            last = message["offset"]!.GetValue<long>();
        }

        ((int)slow.CloseStatus!).Should().Be(1013);
        slow.CloseReason.Should().Be($"too slow: resume with after={last}");
        movements.Count.Should().BeLessThan(Count);
        await using var resumed = await SocketClient.ConnectAsync(service.Address, $"/ws/account?after={last}", token);
        await resumed.UntilAsync("resumed");
        while (movements.Count < Count)
        {
            movements.Add((await resumed.UntilAsync("cash"))["data"]!["movementId"]!.GetValue<string>());
        }

        movements.Should().Equal(Enumerable.Range(0, Count).Select(i => $"m{i}"));
    }

    [Fact]
    public async Task A_thousand_sockets_opened_and_dropped_leave_nothing_behind()
    {
        var quota = service.Running.Services.GetRequiredService<SocketQuota>();
        var token = Tokens.For("19191919-1919-4919-8919-191919191919");
        await WaveAsync(token, 50);
        await Eventually.Be(() => quota.Open == 0);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var wave = 0; wave < 10; wave++)
        {
            await WaveAsync(token, 100);
        }

        await Eventually.Be(() => quota.Open == 0, TimeSpan.FromSeconds(30));
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(16 * 1024 * 1024);
        (await service.Anonymous().GetAsync("/health/ready")).EnsureSuccessStatusCode();
    }

    // Dropped without a word, as a browser tab that is killed does.
    private async Task WaveAsync(string token, int size)
    {
        var sockets = await Task.WhenAll(
            Enumerable.Range(0, size).Select(_ => SocketClient.ConnectAsync(service.Address, "/ws", token))
        );
        await Task.WhenAll(sockets.Select(one => one.SendAsync("""{"type":"subscribe","symbol":"AAA"}""")));
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }
    }

    private static TickBlock Block(long first, int count)
    {
        var ticks = new Tick[count];
        for (var i = 0; i < count; i++)
        {
            ticks[i] = new(
                new(i % 2 == 0 ? "AAA" : "BBB"),
                new(100_000_000 + first + i),
                new(100_000_100 + first + i),
                first
            );
        }

        return new(new(first), Feed, DateTimeOffset.UnixEpoch, ticks);
    }
}
