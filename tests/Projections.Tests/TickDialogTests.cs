using System.Text;
using System.Text.Json;
using FluentAssertions;
using Trading.Domain;
using Trading.Domain.Market;
using Trading.Projections.Messages;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class TickDialogTests
{
    private static readonly TickStatus Untold = new("ctrader-connecting", SymbolNames.None, null);
    private static readonly TickStatus Told = new("connected", SymbolNames.Of(["EURUSD", "GBPUSD_SB"]), null);
    private readonly List<string> _wanted = [];
    private readonly TickDialog _dialog;

    public TickDialogTests() =>
        _dialog = new(
            mostSymbols: 3,
            TimeProvider.System,
            symbol =>
            {
                _wanted.Add(symbol.Value);
                return true;
            },
            symbol => _wanted.Remove(symbol.Value)
        );

    [Fact]
    public void What_is_subscribed_before_anybody_told_what_is_on_offer_becomes_what_was_meant()
    {
        Say("""{"type":"subscribe","symbols":["eur_usd","GBPUSD_SB","later"]}""", Untold)
            .Should()
            .Equal("GBPUSD_SB", "eur_usd", "later");

        _dialog.Tell(Told);

        _wanted.Should().BeEquivalentTo("EURUSD", "GBPUSD_SB", "later");
        Say("""{"type":"getSubscriptions"}""", Told).Should().Equal("EURUSD", "GBPUSD_SB", "later");
        Say("""{"type":"unsubscribe","symbols":["later","EUR/USD"]}""", Told).Should().Equal("GBPUSD_SB");
    }

    [Fact]
    public void Two_spellings_of_one_symbol_are_one_subscription()
    {
        Say("""{"type":"subscribe","symbols":["eurusd","EUR/USD"]}""", Untold).Should().HaveCount(2);

        Say("""{"type":"getSubscriptions"}""", Told).Should().Equal("EURUSD");

        _wanted.Should().Equal("EURUSD");
        Say("""{"type":"subscribe","symbols":["EURUSD","eurusd","EUR_USD","GBPUSD_SB"]}""", Told).Should().HaveCount(2);
    }

    [Fact]
    public void What_is_on_offer_no_more_can_be_let_go_of()
    {
        Say("""{"type":"subscribe","symbol":"EURUSD"}""", Told);
        var without = Told with { Symbols = SymbolNames.Of(["XAUUSD"]) };

        Say("""{"type":"unsubscribe","symbol":"EURUSD"}""", without).Should().BeEmpty();

        _wanted.Should().BeEmpty();
    }

    [Theory]
    [InlineData("EURUSD")]
    [InlineData("日経225")]
    [InlineData("Q\"'\\<>&+")]
    [InlineData("tab\tand\u0001more")]
    public void A_tick_bears_its_name_whatever_it_is(string name)
    {
        var tick = new Tick(new(name), Price.From(1.25m), Price.From(1.5m), 7);
        var text = new byte[TickMessage.MaxLength(tick)];

        var length = TickMessage.Write(text, tick, new(9));

        var read = JsonDocument.Parse(text.AsMemory(0, length)).RootElement;
        read.GetProperty("symbol").GetString().Should().Be(name);
        read.GetProperty("offset").GetInt64().Should().Be(9);
    }

    [Fact]
    public void A_tick_of_the_longest_name_and_numbers_fits()
    {
        var tick = new Tick(
            new(new string('\u0001', SymbolNames.MaxLength)),
            new(long.MinValue),
            new(long.MinValue),
            long.MinValue
        );

        var write = () => TickMessage.Write(new byte[TickMessage.MaxLength(tick)], tick, new(long.MaxValue));

        write.Should().NotThrow();
    }

    private IEnumerable<string> Say(string text, TickStatus status)
    {
        var answer = JsonDocument.Parse(_dialog.Answer(Encoding.UTF8.GetBytes(text), status, out _)).RootElement;
        return answer.GetProperty("symbols").EnumerateArray().Select(one => one.GetString()!);
    }
}
