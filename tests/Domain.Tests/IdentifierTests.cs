using FluentAssertions;
using Trading.Domain.Logs;
using Xunit;

namespace Trading.Domain.Tests;

public sealed class IdentifierTests
{
    [Fact]
    public void A_user_has_one_key_however_the_id_is_typed()
    {
        UserKey.Of(" Trader@Example.com ").Should().Be(UserKey.Of("trader@example.com"));
        UserKey.Of("trader@example.com").Value.Should().HaveLength(64).And.NotContain("@");
    }

    [Fact]
    public void A_user_key_is_the_sha256_of_the_id() =>
        UserKey.Of("abc").Value.Should().Be("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    public void What_is_not_a_user_key_is_not_read_as_one(string text)
    {
        var parse = () => UserKey.Parse(text);

        parse.Should().Throw<FormatException>();
    }

    [Fact]
    public void A_blank_user_id_has_no_key()
    {
        var of = () => UserKey.Of("  ");

        of.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_stream_is_a_category_and_an_id_that_may_hold_dashes()
    {
        var stream = StreamName.Of("feed", "ctrader-demo");

        (stream.Value, stream.Category, stream.Id).Should().Be(("feed-ctrader-demo", "feed", "ctrader-demo"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("session")]
    [InlineData("session-")]
    [InlineData("-id")]
    public void What_is_not_a_stream_name_is_refused(string text)
    {
        var parse = () => StreamName.Parse(text);

        parse.Should().Throw<FormatException>();
    }

    [Fact]
    public void A_stream_name_has_a_bound()
    {
        var parse = () => StreamName.Of("s", new string('x', StreamName.MaxLength - 1));

        StreamName.Of("s", new string('x', StreamName.MaxLength - 2)).Value.Should().HaveLength(StreamName.MaxLength);
        parse.Should().Throw<FormatException>();
    }

    [Fact]
    public void New_event_ids_follow_time()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(56);
        var ids = Enumerable.Range(0, 100).Select(i => EventId.New(now.AddMilliseconds(i)).ToString()).ToArray();

        ids.Should().BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void A_new_event_id_is_a_uuid_of_version_7_that_holds_its_millisecond()
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_123);
        var ids = Enumerable.Range(0, 1_000).Select(_ => EventId.New(now).Value).ToArray();

        ids.Should().OnlyHaveUniqueItems();
        ids.Should().OnlyContain(id => id.Version == 7 && (id.Variant & 0b1100) == 0b1000);
        ids.Should()
            .OnlyContain(id => Convert.ToInt64(id.ToString("N").Substring(0, 12), 16) == now.ToUnixTimeMilliseconds());
    }

    [Fact]
    public void A_derived_event_id_is_named_by_its_content_alone()
    {
        var id = EventId.Derived("deal 17 of account 4");

        id.Should().Be(EventId.Derived("deal 17 of account 4")).And.NotBe(EventId.Derived("deal 18 of account 4"));
        (id.Value.Version, id.Value.Variant & 0b1100).Should().Be((8, 0b1000));
    }

    [Fact]
    public void Offsets_are_ordered_and_start_before_the_first_event()
    {
        Offset.Start.Value.Should().Be(0);
        Offset.Start.Plus(3).Should().Be(new Offset(3));
        (new Offset(2) < new Offset(3)).Should().BeTrue();
        (new Offset(3) >= new Offset(3)).Should().BeTrue();
    }
}
