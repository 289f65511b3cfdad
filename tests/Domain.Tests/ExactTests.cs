using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Domain.Events;
using Xunit;

namespace Trading.Domain.Tests;

public sealed class ExactTests
{
    [Fact]
    public void An_absent_number_is_zero_or_null_as_asked()
    {
        ((DecimalValue?)null).ToDecimal().Should().Be(0m);
        ((DecimalValue?)null).ToNullableDecimal().Should().BeNull();
    }

    [Fact]
    public void The_scale_is_kept()
    {
        1.50m.ToEvent().Should().Be(new DecimalValue { Unscaled = 150, Scale = 2 });
        new DecimalValue { Unscaled = 150, Scale = 2 }
            .ToDecimal()
            .ToString()
            .Should()
            .Be("1.50");
    }

    [Fact]
    public void Any_number_of_the_contract_survives_the_way_to_decimal_and_back()
    {
        Prop.ForAll<long, byte>((unscaled, scale) => RoundTrips(unscaled, scale % 19)).QuickCheckThrowOnFailure();
        RoundTrips(long.MinValue, 18);
        RoundTrips(long.MaxValue, 18);
        RoundTrips(long.MinValue, 0);
    }

    [Fact]
    public void A_number_with_too_many_digits_is_refused_and_not_rounded()
    {
        var convert = () => 12_345_678_901_234_567_890.1m.ToEvent();

        convert.Should().Throw<OverflowException>();
    }

    [Fact]
    public void Trimming_takes_off_zeros_of_the_fraction_only()
    {
        Exact.Trimmed(1_500, 2).ToString().Should().Be("15");
        Exact.Trimmed(-1_050, 3).ToString().Should().Be("-1.05");
        Exact.Trimmed(0, 8).ToString().Should().Be("0");
    }

    private static void RoundTrips(long unscaled, int scale)
    {
        var value = Exact.Of(unscaled, scale);
        // A decimal zero has no sign, and nothing else may be lost.
        value.ToEvent().Should().Be(new DecimalValue { Unscaled = unscaled, Scale = (uint)scale });
        value.ToEvent().ToDecimal().Should().Be(value);
    }
}
