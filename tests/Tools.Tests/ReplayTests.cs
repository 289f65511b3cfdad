using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Trading.Domain.Logs;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class ReplayTests(TradedDatabase traded) : IClassFixture<TradedDatabase>
{
    [Fact]
    public async Task The_same_log_gives_the_same_lines_and_hashes_on_standard_output_and_in_a_database()
    {
        await using var target = await PostgresDatabase.CreateAsync();

        var first = await traded.RunAsync("replay");
        var second = await traded.RunAsync("replay");
        var into = await traded.RunAsync("replay", $"--into={target.ConnectionString}", "--json");

        first.ExitCode.Should().Be(0, first.Error);
        into.ExitCode.Should().Be(0, into.Error);
        second.Output.Should().Be(first.Output);
        var hashes = first.Lines.TakeLast(LogReplay.Tables.Count).ToList();
        hashes.Should().AllSatisfy(line => line.Should().Contain("sha256"));
        into.Lines.Should().Equal(hashes);
        first
            .Objects.First(line => line.GetProperty("table").GetString() == "accounts")
            .GetProperty("row")
            .GetProperty("balance")
            .GetDecimal()
            .Should()
            .NotBe(10_000m);
    }

    [Fact]
    public async Task A_part_is_folded_alone()
    {
        var run = await traded.RunAsync("replay", "--only=accounts", $"--to={traded.Marks["deposited"]}");

        run.ExitCode.Should().Be(0, run.Error);
        run.Lines.Should().HaveCount(2);
        run.Objects[0].GetProperty("row").GetProperty("balance").GetDecimal().Should().Be(10_250m);
    }

    [Theory]
    [InlineData("--into=Host=x --listen=0", "not both")]
    [InlineData("--only=nonsense", "nonsense")]
    [InlineData("--speed=-1 --listen=0", "--speed")]
    [InlineData("--speed=fast --listen=0", "--speed is 0 or a number from 0.001 to 1000000: not 'fast'")]
    [InlineData("--listen=here", "--listen is a port, 0 to 65535: not 'here'")]
    [InlineData("--speed=10", "--listen=PORT")]
    [InlineData("--feed=demo", "--listen=PORT")]
    [InlineData("--only=accounts --listen=0", "--only says what is folded")]
    [InlineData("--from=5 --to=4", "lies after")]
    public async Task What_cannot_be_replayed_ends_with_2(string options, string why)
    {
        var run = await traded.RunAsync(["replay", .. options.Split(' ')]);

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain(why);
    }

    [Fact]
    public async Task A_database_that_holds_something_is_left_alone()
    {
        var run = await traded.RunAsync("replay", $"--into={traded.ConnectionString}");

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain("not empty");
    }

    [Fact]
    public async Task A_screen_of_the_account_sees_every_event_of_then_in_the_words_of_the_live_socket()
    {
        var from = traded.Marks["opened"];
        using var play = await PlayAsync($"--user={TradedDatabase.Email}", $"--from={from}");
        using var screen = await play.ConnectAsync("/ws/account");

        var frames = await AllAsync(screen);

        var snapshot = JsonDocument.Parse(frames[0]).RootElement;
        snapshot.GetProperty("type").GetString().Should().Be("snapshot");
        snapshot.GetProperty("offset").GetInt64().Should().Be(from);
        snapshot.GetProperty("account").GetProperty("balance").GetDecimal().Should().Be(10_000m);
        snapshot.GetProperty("positions")[0].GetProperty("positionId").GetString().Should().Be(traded.Position);
        frames.Skip(1).Should().Equal(await LiveFramesAsync(from));
        screen.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
        (await play.ExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_screen_that_knows_an_offset_resumes_there()
    {
        var (from, known) = (traded.Marks["deposited"], traded.Marks["opened"]);
        using var play = await PlayAsync($"--user={traded.User}", $"--from={from}");
        using var screen = await play.ConnectAsync($"/ws/account?after={known}");

        var frames = await AllAsync(screen);

        frames[0].Should().Be($$"""{"type":"resumed","offset":{{known}}}""");
        frames.Skip(1).Should().Equal(await LiveFramesAsync(known));
    }

    [Fact]
    public async Task A_price_screen_subscribes_and_sees_the_last_price_and_then_every_tick_of_then()
    {
        using var play = await PlayAsync($"--user={traded.User}", $"--from={traded.Marks["opened"]}");
        using var screen = await play.ConnectAsync("/ws");
        await SayAsync(screen, """{"type":"connect"}""");
        var status = JsonDocument.Parse((await NextAsync(screen))!).RootElement;
        status.GetProperty("status").GetString().Should().Be("connected");
        status.GetProperty("availableSymbols").EnumerateArray().Should().NotBeEmpty();
        await SayAsync(screen, """{"type":"subscribe","symbols":["NOPE"],"id":"1"}""");
        JsonDocument
            .Parse((await NextAsync(screen))!)
            .RootElement.GetProperty("code")
            .GetString()
            .Should()
            .Be("UNKNOWN_SYMBOL");

        await SayAsync(screen, """{"type":"subscribe","symbol":"eur/usd","id":"2"}""");
        var frames = await AllAsync(screen);

        frames[0].Should().Be("""{"type":"subscriptions","symbols":["EURUSD"],"id":"2"}""");
        var ticks = frames.Skip(1).Where(frame => frame.Contains("\"tick\"", StringComparison.Ordinal)).ToList();
        ticks.Should().Equal(await LiveTicksAsync());
    }

    [Fact]
    public async Task One_symbol_alone_is_watched_by_its_address()
    {
        using var play = await PlayAsync();
        using var screen = await play.ConnectAsync("/ws/prices/EUR_USD");

        var frames = await AllAsync(screen);

        frames.Should().NotBeEmpty().And.BeSubsetOf(await LiveTicksAsync());
    }

    [Fact]
    public async Task Who_should_not_watch_is_told_so()
    {
        using var play = await PlayAsync();
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{play.Port}") };

        (await http.GetAsync("/ws")).StatusCode.Should().Be(HttpStatusCode.UpgradeRequired);
        (await http.GetAsync("/ws/account")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        var stranger = () => play.ConnectAsync("/ws", "https://elsewhere.example");
        (await stranger.Should().ThrowAsync<WebSocketException>()).WithMessage("*403*");
        using var neighbour = await play.ConnectAsync("/ws", "http://localhost:5173");
        neighbour.State.Should().Be(WebSocketState.Open);
    }

    [Fact]
    public async Task Help_teaches_by_examples()
    {
        var run = await ToolProcess.RunAsync("replay", "--help");

        run.Output.Should().Contain("--speed=10").And.Contain("Exit code");
    }

    private async Task<Play> PlayAsync(params string[] options)
    {
        var process = ToolProcess.Start(["replay", "--listen=0", "--speed=0", .. options, traded.Connection]);
        var line = await process.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return new(process, int.Parse(line!.Split("127.0.0.1:")[1].Split('/')[0]));
    }

    private async Task<List<string>> LiveFramesAsync(long after)
    {
        var frames = new List<string>();
        await foreach (var batch in traded.Logs.Journal.ReadAsync(new(after), default))
        {
            frames.AddRange(batch.Select(AccountMessage.Of).OfType<byte[]>().Select(Encoding.UTF8.GetString));
        }

        return frames;
    }

    // The one before the part begins is the last price, and comes first.
    private async Task<List<string>> LiveTicksAsync()
    {
        var frames = new List<string>();
        await foreach (var block in traded.Logs.Market.ReadAsync(Offset.Start, default))
        {
            for (var i = 0; i < block.Ticks.Length; i++)
            {
                var text = new byte[TickMessage.MaxLength(block.Ticks.Span[i])];
                var length = TickMessage.Write(text, block.Ticks.Span[i], block.First.Plus(i));
                frames.Add(Encoding.UTF8.GetString(text, 0, length));
            }
        }

        return frames;
    }

    private static Task SayAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

    private static async Task<List<string>> AllAsync(WebSocket socket)
    {
        var frames = new List<string>();
        while (await NextAsync(socket) is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }

    private static async Task<string?> NextAsync(WebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), patience.Token);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", patience.Token);
                return null;
            }

            length += received.Count;
            if (received.EndOfMessage)
            {
                return Encoding.UTF8.GetString(buffer, 0, length);
            }
        }
    }

    private sealed class Play(System.Diagnostics.Process process, int port) : IDisposable
    {
        public int Port => port;

        public async Task<ClientWebSocket> ConnectAsync(string path, string? origin = null)
        {
            var socket = new ClientWebSocket();
            if (origin is not null)
            {
                socket.Options.SetRequestHeader("Origin", origin);
            }

            socket.Options.AddSubProtocol("bearer");
            await socket.ConnectAsync(new($"ws://127.0.0.1:{port}{path}"), default);
            return socket;
        }

        public async Task<int> ExitAsync()
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            return process.ExitCode;
        }

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.Dispose();
        }
    }
}
