using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Trading.Domain.Tests;

public sealed class PriceTests
{
    [Fact]
    public void A_wire_quote_is_a_whole_number_of_hundred_thousandths() =>
        Price.FromHundredThousandths(108_543).ToDecimal().Should().Be(1.08543m);

    [Fact]
    public void A_price_too_fine_is_refused_and_not_rounded()
    {
        var from = () => Price.From(1.000000001m);

        from.Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData("92233720368.54775808")]
    [InlineData("-92233720368.54775809")]
    public void A_price_out_of_range_is_refused(string text)
    {
        var from = () => Price.From(decimal.Parse(text));

        from.Should().Throw<OverflowException>();
    }

    [Fact]
    public void A_wire_quote_out_of_range_is_refused()
    {
        var from = () => Price.FromHundredThousandths(long.MaxValue / 500);

        from.Should().Throw<OverflowException>();
    }

    [Fact]
    public void Any_price_survives_the_way_to_decimal_and_back()
    {
        Prop.ForAll<long>(units => Price.From(new Price(units).ToDecimal()).Should().Be(new Price(units)))
            .QuickCheckThrowOnFailure();
        Price.From(new Price(long.MinValue).ToDecimal()).Units.Should().Be(long.MinValue);
        Price.From(new Price(long.MaxValue).ToDecimal()).Units.Should().Be(long.MaxValue);
    }

    [Fact]
    public void A_price_is_written_without_trailing_zeros()
    {
        Price.From(1.10m).ToString().Should().Be("1.1");
        Price.From(150m).ToString().Should().Be("150");
        new Price(0).ToString().Should().Be("0");
    }
}
