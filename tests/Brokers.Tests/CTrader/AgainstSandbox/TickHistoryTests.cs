using FluentAssertions;
using Trading.Brokers.CTrader.Session;
using Trading.Domain;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.AgainstSandbox;

public sealed class TickHistoryTests : IAsyncLifetime
{
    private static readonly SymbolName Symbol = new("EURUSD");
    private readonly SandboxLink _it = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _it.DisposeAsync();

    [Fact]
    public async Task The_past_over_several_pages_is_tick_by_tick_what_was_streamed_live()
    {
        await StreamAsync();
        const int count = 12_000;
        for (var i = 0; i < count; i++)
        {
            // Now one side moves, now the other, now both.
            _it.Control.SetPrice("EURUSD", 1.1m + (i / 2 * 0.00001m), 1.3m + (i / 3 * 0.00001m));
        }

        var final = 1.1m + ((count - 1) / 2 * 0.00001m);
        await Eventually.Be(() => _it.Ticks.LastOrDefault().Bid.ToDecimal() == final, TimeSpan.FromSeconds(20));
        var live = _it.Ticks.ToArray();
        var past = await ReadAsync(live[0], live[0].TimestampMs + 1, live[^1].TimestampMs);

        var found = past.Should().BeOfType<PastTicks.Found>().Subject.Ticks;
        found.Should().Equal(live.Where(tick => tick.TimestampMs > live[0].TimestampMs));
    }

    [Fact]
    public async Task More_than_can_be_held_is_said_to_be_too_many()
    {
        await StreamAsync();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        var past = await ReadAsync(_it.Ticks.First(), now - (long)TimeSpan.FromDays(20).TotalMilliseconds, now, 6_000);

        past.Should().BeOfType<PastTicks.TooMany>();
    }

    [Fact]
    public async Task A_symbol_that_is_not_offered_is_refused()
    {
        await StreamAsync();

        var past = await ReadAsync(_it.Ticks.First() with { Symbol = new("NOSUCH") }, 1, 2);

        past.Should().Be(new PastTicks.Refused("SYMBOL_NOT_FOUND"));
    }

    [Fact]
    public async Task A_link_that_does_not_stand_cannot_be_asked()
    {
        await StreamAsync();
        _it.Control.Links.RefuseLogins("CH_SERVER_NOT_REACHABLE");
        _it.Control.Links.Drop();
        await _it.GetAsync<BrokerReport.LinkDown>();

        (await ReadAsync(_it.Ticks.First(), 1, 2)).Should().BeOfType<PastTicks.Unavailable>();
    }

    [Fact]
    public void Two_sides_that_changed_at_one_moment_changed_together()
    {
        var before = new Tick(Symbol, Price(100), Price(200), 1);

        var ticks = TickSides.Merge(before, [new(5, 101), new(7, 102), new(7, 103)], [new(6, 201), new(7, 202)]);

        ticks
            .Select(tick => (tick.TimestampMs, tick.Bid, tick.Ask))
            .Should()
            .Equal(
                (5, Price(101), Price(200)),
                (6, Price(101), Price(201)),
                (7, Price(102), Price(202)),
                (7, Price(103), Price(202))
            );
    }

    private static Price Price(long hundredThousandths) => Domain.Price.FromHundredThousandths(hundredThousandths);

    private Task<PastTicks> ReadAsync(Tick before, long fromMs, long toMs, int most = 100_000) =>
        ((IBrokerTickHistory)_it.Link).ReadTicksAsync(before, fromMs, toMs, most, () => { }, CancellationToken.None);

    private async Task StreamAsync()
    {
        await _it.OpenAsync([Symbol.Value]);
        await _it.GetAsync<BrokerReport.LinkUp>();
        await Eventually.Be(() => !_it.Ticks.IsEmpty);
    }
}
