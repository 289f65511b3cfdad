using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Trading.Brokers.CTrader.Wire;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Wire;

public class SpotQuoteTests
{
    [Fact]
    public void Every_spot_event_decodes_to_what_the_generated_code_reads() =>
        Check.One(
            Seeded.Config(2000),
            Prop.ForAll(
                WireBytes.SpotEvents(),
                bytes =>
                    SpotQuote.TryDecode(bytes, out var quote)
                    && quote == Expected(ProtoOASpotEvent.Parser.ParseFrom(bytes))
            )
        );

    [Fact]
    public void Damaged_spot_events_are_refused_or_read_as_the_generated_code_reads_them() =>
        Check.One(
            Seeded.Config(5000),
            Prop.ForAll(
                WireBytes.Damaged(WireBytes.SpotEvent),
                bytes =>
                {
                    // The quick decoder looks into no bar, so it may read what the generated code refuses, never the
                    // other way round.
                    ProtoOASpotEvent expected;
                    try
                    {
                        expected = ProtoOASpotEvent.Parser.ParseFrom(bytes);
                    }
                    catch (InvalidProtocolBufferException)
                    {
                        return true;
                    }

                    return SpotQuote.TryDecode(bytes, out var quote) == expected.HasSymbolId
                        && (!expected.HasSymbolId || quote == Expected(expected));
                }
            )
        );

    [Fact]
    public void A_missing_side_is_not_a_price_of_zero()
    {
        var event_ = new ProtoOASpotEvent
        {
            CtidTraderAccountId = 1,
            SymbolId = 2,
            Ask = 110_133,
        };

        SpotQuote.TryDecode(event_.ToByteArray(), out var quote).Should().BeTrue();

        quote.HasBid.Should().BeFalse();
        quote.HasAsk.Should().BeTrue();
        quote.Ask.Should().Be(110_133);
    }

    [Fact]
    public void A_quote_of_no_symbol_is_refused() =>
        SpotQuote
            .TryDecode(new ProtoOASpotEvent { CtidTraderAccountId = 1, Bid = 5 }.ToByteArray(), out _)
            .Should()
            .BeFalse();

    [Fact]
    public void Decoding_allocates_nothing()
    {
        var bytes = WireBytes.SpotEvent(new Random(1)).ToByteArray();
        SpotQuote.TryDecode(bytes, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            SpotQuote.TryDecode(bytes, out _);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    private static SpotQuote Expected(ProtoOASpotEvent spot) =>
        new(
            spot.CtidTraderAccountId,
            spot.SymbolId,
            spot.Bid,
            spot.Ask,
            spot.Timestamp,
            (spot.HasBid ? SpotParts.Bid : SpotParts.None)
                | (spot.HasAsk ? SpotParts.Ask : SpotParts.None)
                | (spot.HasTimestamp ? SpotParts.Timestamp : SpotParts.None)
        );
}
