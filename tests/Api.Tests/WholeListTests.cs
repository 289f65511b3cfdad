using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>No list is cut without a word: what was asked for is there up to the limit, and the way to the rest beside it.
/// </summary>
public sealed class WholeListTests(WholeListTests.ChartedService charted) : IClassFixture<WholeListTests.ChartedService>
{
    private const int Minutes = 1_431;
    private const long Begin = 1_700_006_400;
    private static readonly string Day = $"from={Begin}&to={Begin + 86_399}";

    private readonly LiveService _service = charted.Live;

    [Fact]
    public async Task The_candles_of_a_day_are_all_of_its_candles()
    {
        var (candles, next) = await PageAsync($"/candles/GBPUSD?{Day}");

        candles.Select(TimeOf).Should().Equal(Enumerable.Range(0, Minutes).Select(minute => Begin + (minute * 60L)));
        next.Should().BeNull("the list is whole");
    }

    [Theory]
    [InlineData("&count=500", 3)]
    [InlineData("&count=477", 3)]
    [InlineData("&count=1431", 1)]
    [InlineData("&count=1430", 2)]
    public async Task Candles_that_do_not_fit_are_reached_by_the_link(string count, int pages)
    {
        var all = new List<long>();
        string? at = $"/candles/GBPUSD?timeframe=M1&{Day}{count}";
        var read = 0;
        while (at is not null)
        {
            (var candles, at) = await PageAsync(at);
            all.InsertRange(0, candles.Select(TimeOf));
            read++;
        }

        all.Should().Equal(Enumerable.Range(0, Minutes).Select(minute => Begin + (minute * 60L)));
        read.Should().Be(pages);
    }

    [Fact]
    public async Task Without_a_range_the_newest_come_and_the_link_leads_to_older_ones()
    {
        var (newest, next) = await PageAsync("/candles/gbp_usd");

        newest.Should().HaveCount(500);
        next.Should().StartWith("/candles/gbp_usd?to=");
        (await PageAsync(next!)).Items.Select(TimeOf).Last().Should().Be(TimeOf(newest[0]) - 60);
    }

    [Fact]
    public async Task A_link_repeats_no_token()
    {
        var answer = await _service.Trader().GetAsync($"/candles/GBPUSD?count=1&token=secret&access_token=secret");

        answer.Headers.GetValues("Link").Single().Should().NotContain("secret");
    }

    [Fact]
    public async Task Sessions_are_counted_whole_and_paged_on_request()
    {
        using var bridge = _service.Operator();
        await _service.GrantAsync(
            UserKey.Of("third"),
            "third",
            "third@example.com",
            "trader-3-access-token",
            ["5150723"]
        );
        (await bridge.PostAsJsonAsync("/api/start-websocket", new { userId = "third" })).EnsureSuccessStatusCode();
        string[] users = ["third@example.com", LiveService.Email.ToLowerInvariant()];

        var whole = await (await bridge.GetAsync("/api/sessions")).JsonAsync();
        whole["total"]!.GetValue<int>().Should().Be(2);
        whole["sessions"]!.AsArray().Should().HaveCount(2);
        whole["more"]!.GetValue<bool>().Should().BeFalse();
        whole["next"].Should().BeNull();

        var found = new List<string>();
        string? at = "/api/sessions?limit=1";
        while (at is not null)
        {
            var answer = await bridge.GetAsync(at);
            var page = await answer.JsonAsync();
            page["total"]!.GetValue<int>().Should().Be(2);
            found.AddRange(page["sessions"]!.AsArray().Select(one => one!["userId"]!.GetValue<string>()));
            at = NextOf(answer);
            page["more"]!.GetValue<bool>().Should().Be(at is not null);
        }

        found.Select(user => user.ToLowerInvariant()).Should().BeEquivalentTo(users);
        await (await bridge.GetAsync("/api/sessions?limit=0")).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "VALIDATION_ERROR",
            "limit"
        );
        await (await bridge.GetAsync("/api/sessions?before=x")).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "VALIDATION_ERROR",
            "before"
        );
    }

    [Fact]
    public async Task The_record_is_reached_to_its_end_by_the_link()
    {
        using var auditor = _service.Operator();
        var offsets = new List<long>();
        string? at = "/api/v1/audit/events?limit=1&upTo=3&source=false";
        while (at is not null)
        {
            var answer = await auditor.GetAsync(at);
            var page = await answer.JsonAsync();
            offsets.AddRange(page["events"]!.AsArray().Select(one => one!["offset"]!.GetValue<long>()));
            at = NextOf(answer);
            page["more"]!.GetValue<bool>().Should().Be(at is not null);
        }

        offsets.Should().Equal(1, 2, 3);
    }

    private async Task<(JsonArray Items, string? Next)> PageAsync(string path)
    {
        var answer = await _service.Trader().GetAsync(path);
        return answer.StatusCode == HttpStatusCode.OK
            ? ((await answer.JsonAsync()).AsArray(), NextOf(answer))
            : ([], null);
    }

    private static string? NextOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Link", out var links) && links.Single() is ['<', .. var link]
            ? link[..link.IndexOf('>', StringComparison.Ordinal)]
            : null;

    private static long TimeOf(JsonNode? candle) => candle!["time"]!.GetValue<long>();

    /// <summary>A live service whose market log holds a day of GBPUSD, one tick a minute.</summary>
    public sealed class ChartedService : IAsyncLifetime
    {
        public LiveService Live { get; } = new();

        public async Task InitializeAsync()
        {
            await Live.InitializeAsync();
            var market = Live.Running.Services.GetRequiredService<ITickLog>();
            var stream = MarketStreams.BackfillOf(BrokerEnvironment.Demo);
            var claim = await market.ClaimAsync(stream, default);
            Tick[] ticks =
            [
                .. Enumerable
                    .Range(0, Minutes)
                    .Select(minute => new Tick(
                        new("GBPUSD"),
                        Price.From(1.1m),
                        Price.From(1.2m),
                        (Begin + (minute * 60)) * 1_000
                    )),
            ];
            await market.AppendAsync(stream, claim.Epoch, ticks, default);
            using var trader = Live.Trader();
            await Eventually.Be(async () =>
                await (await trader.GetAsync($"/candles/GBPUSD?to={Begin + 86_399}")).JsonAsync()
                    is JsonArray { Count: > 0 }
            );
        }

        public Task DisposeAsync() => Live.DisposeAsync();
    }
}
