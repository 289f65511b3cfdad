using System.Diagnostics;
using System.Text.Json;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Bench.Stage;

namespace Trading.Bench.Rows;

/// <summary>How long a tick takes from the broker's socket to a client's screen at a busy market's rate.</summary>
internal sealed class TickLatencyRow : IRow
{
    private const int PerSecond = 10_000;

    // The first sequence number, as a price in 1/100,000.
    private const ulong FirstBid = 100_000;

    public string Key => "tick-latency";

    public string What => "tick, wire to WebSocket, at 10k ticks/s";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using var stage = await BrokerStage.StartAsync(run, await run.DatabaseAsync(cancellation), cancellation);
        await using var client = await LiveClient.ConnectAsync(stage.Service.Port, "/ws", null, cancellation);
        await client.SendAsync("""{"type":"subscribe","symbols":["EURUSD"]}""", cancellation);
        await client.SkipToAsync("\"subscriptions\"", cancellation);

        var count = (int)(PerSecond * run.Seconds);
        var warmUp = PerSecond;
        var sent = new long[count + warmUp];
        var receiving = Task.Run(() => ReceiveAsync(client, sent, cancellation), cancellation);
        await SendAsync(stage, sent, cancellation);
        var waits = (await receiving).Skip(warmUp).Where(wait => wait > 0).ToArray();
        var spread = Percentiles.OfTicks(waits);
        return new()
        {
            Ours = [new("wire to WebSocket", spread.P99, "ms p99", spread)],
            Limits = [await DiskLimit.FlushAsync(run, cancellation)],
            Marks = [Mark.AtMost(spread.P99, 5, "ms p99")],
            How =
                $"{PerSecond} ticks/s of one symbol, a frame each, in bursts of a millisecond; from just before the write to the "
                + "TLS socket until the client has the message, by way of the market log, so a commit included. "
                + $"{100.0 * waits.Length / count:0.0} % of the ticks came through singly; a slow client would get merged ones.",
        };
    }

    private static async Task SendAsync(BrokerStage stage, long[] sent, CancellationToken cancellation)
    {
        var symbol = stage.SymbolIds[0];
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var frames = new MemoryStream();
        var ends = new int[sent.Length];
        for (var i = 0; i < sent.Length; i++)
        {
            frames.Write(SpotFrames.One(symbol, BrokerStage.Account, FirstBid + (ulong)i, now + (i / 10)));
            ends[i] = (int)frames.Length;
        }

        var bytes = frames.GetBuffer().AsMemory(0, (int)frames.Length);
        // What the sender has made must not be cleared away while it is the service that is measured.
        GC.Collect();
        var started = Stopwatch.GetTimestamp();
        for (var next = 0; next < ends.Length; )
        {
            var due = Math.Min(ends.Length, (int)(Stopwatch.GetElapsedTime(started).TotalSeconds * PerSecond));
            if (due <= next)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), cancellation);
                continue;
            }

            var at = Stopwatch.GetTimestamp();
            Array.Fill(sent, at, next, due - next);
            await stage.Wire.InjectAsync(bytes[(next == 0 ? 0 : ends[next - 1])..ends[due - 1]], cancellation);
            next = due;
        }
    }

    private static async Task<long[]> ReceiveAsync(LiveClient client, long[] sent, CancellationToken cancellation)
    {
        var waits = new long[sent.Length];
        while (waits[^1] == 0)
        {
            var message = await client.NextAsync(cancellation);
            var at = Stopwatch.GetTimestamp();
            if (BidOf(message.Span) is { } bid && bid >= FirstBid && bid - FirstBid < (ulong)sent.Length)
            {
                waits[bid - FirstBid] = at - sent[bid - FirstBid];
            }
        }

        return waits;
    }

    private static ulong? BidOf(ReadOnlySpan<byte> message)
    {
        var reader = new Utf8JsonReader(message);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("bid"u8))
            {
                reader.Read();
                return (ulong)(reader.GetDecimal() * 100_000m);
            }
        }

        return null;
    }
}

/// <summary>How long a balance change takes from the broker's socket to the client's screen, on disk in between.</summary>
internal sealed class EventLatencyRow : IRow
{
    private const int WarmUp = 50;

    public string Key => "event-latency";

    public string What => "committed business event, wire to WebSocket";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using var stage = await BrokerStage.StartAsync(run, await run.DatabaseAsync(cancellation), cancellation);
        await using var client = await LiveClient.ConnectAsync(
            stage.Service.Port,
            "/ws/account",
            ServiceOnStage.TokenOf(BrokerStage.UserId),
            cancellation
        );
        await client.SkipToAsync("\"snapshot\"", cancellation);
        var passed = 0L;
        stage.Wire.ExecutionPasses = at => Volatile.Write(ref passed, at);
        List<long> waits = [];
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < WarmUp || Stopwatch.GetElapsedTime(started).TotalSeconds < run.Seconds; i++)
        {
            stage.Sandbox.Control.MoveCash(BrokerStage.Account, 0.01m);
            await client.SkipToAsync("\"BalanceChanged\"", cancellation);
            if (i >= WarmUp)
            {
                waits.Add(Stopwatch.GetTimestamp() - Volatile.Read(ref passed));
            }
        }

        var spread = Percentiles.OfTicks(waits);
        return new()
        {
            Ours = [new("wire to WebSocket", spread.P99, "ms p99", spread)],
            Limits = [await DiskLimit.FlushAsync(run, cancellation)],
            Marks = [Mark.AtMost(spread.P99, 20, "ms p99")],
            How =
                $"{waits.Count} deposits one after the other; from just before the execution event is written to the TLS socket "
                + "until the client has the BalanceChanged: decode, decide, commit, hub, socket.",
        };
    }
}
