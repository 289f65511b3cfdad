using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Protocol;

public sealed class Prices_arrive_as_recorded : IDisposable
{
    private const long Feed = 5_150_700;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Every_line_of_every_tape_is_one_event_in_order_and_exact()
    {
        var tapes = Tapes.RecordedOrGenerated(_folder.Path);
        var files = Directory.GetFiles(tapes).Where(f => f.Contains(".csv", StringComparison.Ordinal)).ToArray();
        var expected = files.ToDictionary(f => Name(f), f => Tapes.Read(f));
        await using var sandbox = await StartAsync(tapes);
        await using var client = await WireClient.LogInAsync(sandbox, Feed, "feed-access-token");
        var ids = await IdsAsync(client);
        var request = new ProtoOASubscribeSpotsReq { CtidTraderAccountId = Feed, SubscribeToSpotTimestamp = true };
        request.SymbolId.AddRange(expected.Keys.Select(name => ids[name]));

        await client.AskAsync<ProtoOASubscribeSpotsRes>(request);

        var seen = expected.Keys.ToDictionary(name => ids[name], _ => new List<(long, decimal, decimal)>());
        var last = long.MinValue;
        for (var left = expected.Values.Sum(lines => lines.Count); left > 0; left--)
        {
            var spot = await client.ExpectAsync<ProtoOASpotEvent>();
            var lines = seen[spot.SymbolId];
            var (_, bid, ask) = lines.Count > 0 ? lines[^1] : default;
            (spot.HasBid || spot.HasAsk).Should().BeTrue();
            spot.HasSessionClose.Should().Be(lines.Count == 0, "only the snapshot carries the previous close");
            if (lines.Count > 0)
            {
                (spot.Timestamp >= last).Should().BeTrue("the tapes are merged by time");
                last = spot.Timestamp;
            }

            lines.Add(
                (spot.Timestamp, spot.HasBid ? spot.Bid / 100_000m : bid, spot.HasAsk ? spot.Ask / 100_000m : ask)
            );
        }

        foreach (var (name, lines) in expected)
        {
            seen[ids[name]].SequenceEqual(lines).Should().BeTrue($"{name} has to arrive exactly");
        }
    }

    [Fact]
    public async Task A_tape_that_is_damaged_further_on_ends_there_and_the_others_play_on()
    {
        Tapes.Write(_folder.Path, "eurusd-a.csv", lines: 3_000, price: 1.1m, digits: 5, salt: 1);
        Tapes.Write(_folder.Path, "nzdusd-a.csv", lines: 9_000, price: 0.6m, digits: 5, salt: 2);
        await File.AppendAllTextAsync(_folder.File("eurusd-a.csv"), "no quote at all\n");
        await using (var sandbox = await StartAsync(_folder.Path))
        {
            await using var client = await WireClient.LogInAsync(sandbox, Feed, "feed-access-token");
            var ids = await IdsAsync(client);
            await client.AskAsync<ProtoOASubscribeSpotsRes>(
                new ProtoOASubscribeSpotsReq { CtidTraderAccountId = Feed, SymbolId = { ids["EURUSD"], ids["NZDUSD"] } }
            );

            var seen = 0;
            while (seen < 9_000)
            {
                seen += (await client.ExpectAsync<ProtoOASpotEvent>()).SymbolId == ids["NZDUSD"] ? 1 : 0;
            }
        }
    }

    [Fact]
    public async Task An_unchanged_side_is_left_out_and_a_repeated_quote_is_still_an_event()
    {
        await File.WriteAllTextAsync(_folder.File("eurusd-a.csv"), "1,1.1,1.2\n2,1.1,1.3\n3,1.15,1.3\n4,1.15,1.3\n");
        await using var sandbox = await StartAsync(_folder.Path);
        await using var client = await WireClient.LogInAsync(sandbox, Feed, "feed-access-token");

        await SubscribeAsync(client, withTime: false);

        var events = new List<ProtoOASpotEvent>();
        for (var i = 0; i < 4; i++)
        {
            events.Add(await client.ExpectAsync<ProtoOASpotEvent>());
        }

        events
            .Select(e => (e.HasBid, e.HasAsk, e.HasTimestamp))
            .Should()
            .Equal((true, true, false), (false, true, false), (true, false, false), (true, true, false));
    }

    [Fact]
    public async Task A_tape_waits_while_nobody_listens_and_goes_on_from_there()
    {
        Tapes.Write(_folder.Path, "eurusd-x.csv", lines: 200_000, price: 1.3m, digits: 5, salt: 4);
        var lines = Tapes.Read(_folder.File("eurusd-x.csv"));
        await using var sandbox = await StartAsync(_folder.Path);
        var seen = new List<long>();
        await using (var first = await WireClient.LogInAsync(sandbox, Feed, "feed-access-token"))
        {
            await SubscribeAsync(first, withTime: true);
            await TakeAsync(first, 1_000, seen);
            var unsubscribe = new ProtoOAUnsubscribeSpotsReq { CtidTraderAccountId = Feed };
            unsubscribe.SymbolId.Add(1);
            await first.SendAsync(unsubscribe, "u");
            for (var frame = await first.NextAsync(); frame.ClientMsgId != "u"; frame = await first.NextAsync())
            {
                seen.Add(Wire.Decode<ProtoOASpotEvent>(frame).Timestamp);
            }
        }

        seen.Count.Should().BeLessThan(lines.Count, "the tape must stop while it has no listener");
        await using var second = await WireClient.LogInAsync(sandbox, Feed, "feed-access-token");
        await SubscribeAsync(second, withTime: true);
        (await second.ExpectAsync<ProtoOASpotEvent>())
            .Timestamp.Should()
            .Be(seen[^1], "the snapshot is the quote that stands");
        await TakeAsync(second, lines.Count - seen.Count, seen);

        seen.SequenceEqual(lines.Select(l => l.Time)).Should().BeTrue();
    }

    [Fact]
    public async Task At_real_speed_the_clock_paces_the_tape()
    {
        await File.WriteAllTextAsync(_folder.File("eurusd-a.csv"), "1000,1.1,1.2\n1050,1.1,1.3\n61000,1.2,1.3\n");
        await using var sandbox = await CTraderSandbox.StartAsync(
            new CTraderSandboxOptions { Prices = _folder.Path, Speed = 1 }
        );
        await using var client = await WireClient.LogInAsync(sandbox, Feed, "feed-access-token");

        await SubscribeAsync(client, withTime: true);

        (await client.ExpectAsync<ProtoOASpotEvent>()).Timestamp.Should().Be(1_000);
        (await client.ExpectAsync<ProtoOASpotEvent>()).Timestamp.Should().Be(1_050);
        await client.AskAsync<ProtoOAVersionRes>(new ProtoOAVersionReq());
        sandbox
            .Control.Quotes()
            .Single(q => q.Symbol == "EURUSD")
            .Time.Should()
            .Be(1_050, "the next line is a minute away");
        sandbox.Control.Ticks("EURUSD", from: 1_001).Should().ContainSingle().Which.Ask.Should().Be(1.3m);
    }

    [Fact]
    public async Task Live_bars_travel_with_bid_changes_and_count_every_tick()
    {
        await using var sandbox = await CTraderSandbox.StartAsync(
            new CTraderSandboxOptions { WalkUpdatesPerSecond = 0 }
        );
        await using var client = await WireClient.LogInAsync(sandbox);
        var bars = new ProtoOASubscribeLiveTrendbarReq
        {
            CtidTraderAccountId = 5_150_705,
            Period = ProtoOATrendbarPeriod.M1,
            SymbolId = 1,
        };
        (await client.AskAsync<ProtoOAErrorRes>(bars)).ErrorCode.Should().Be("INVALID_REQUEST");
        await SubscribeAsync(client, withTime: false, account: 5_150_705);
        await client.AskAsync<ProtoOASubscribeLiveTrendbarRes>(bars);
        var snapshot = await client.ExpectAsync<ProtoOASpotEvent>();
        while (snapshot.Trendbar.Count == 0)
        {
            snapshot = await client.ExpectAsync<ProtoOASpotEvent>();
        }

        sandbox.Control.SetPrice("EURUSD", 1.09000m, 1.09020m);
        sandbox.Control.SetPrice("EURUSD", 1.09010m, 1.09030m);

        var askOnly = await client.ExpectAsync<ProtoOASpotEvent>();
        var both = await client.ExpectAsync<ProtoOASpotEvent>();
        (askOnly.HasBid, askOnly.Trendbar.Count).Should().Be((false, 0));
        var bar = both.Trendbar.Should().ContainSingle().Subject;
        bar.HasDeltaClose.Should().BeFalse("the close of a live bar is the bid beside it");
        bar.Period.Should().Be(ProtoOATrendbarPeriod.M1);
        (both.Bid, (ulong)bar.Low + bar.DeltaHigh).Should().Be((109_010UL, 109_010UL));
    }

    public void Dispose() => _folder.Dispose();

    private static Task<CTraderSandbox> StartAsync(string prices) =>
        CTraderSandbox.StartAsync(new CTraderSandboxOptions { Prices = prices, Speed = 0 });

    private static async Task SubscribeAsync(WireClient client, bool withTime, long account = Feed)
    {
        var request = new ProtoOASubscribeSpotsReq
        {
            CtidTraderAccountId = account,
            SubscribeToSpotTimestamp = withTime,
        };
        request.SymbolId.Add(1);
        await client.AskAsync<ProtoOASubscribeSpotsRes>(request);
    }

    private static async Task TakeAsync(WireClient client, int count, List<long> seen)
    {
        for (var i = 0; i < count; i++)
        {
            seen.Add((await client.ExpectAsync<ProtoOASpotEvent>()).Timestamp);
        }
    }

    private static async Task<Dictionary<string, long>> IdsAsync(WireClient client)
    {
        var list = await client.AskAsync<ProtoOASymbolsListRes>(
            new ProtoOASymbolsListReq { CtidTraderAccountId = Feed }
        );
        return list.Symbol.ToDictionary(s => s.SymbolName, s => s.SymbolId);
    }

    private static string Name(string path) => Path.GetFileName(path).Split('-')[0].ToUpperInvariant();
}
