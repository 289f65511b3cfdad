using FluentAssertions;
using Xunit;

namespace Trading.Domain.Tests.Events;

public sealed class LockTests
{
    private const string Approved = """
        message trading.x.v1.Thing
          1 id string
          2 side trading.common.v1.Side
          3 names repeated string
        enum trading.common.v1.Side
          0 SIDE_UNSPECIFIED
          1 SIDE_BUY
        """;

    [Fact]
    public async Task The_contracts_mean_what_the_lock_says_and_the_lock_names_them_all()
    {
        var current = ContractShape.Of(Contracts.Files);
        var approved = await File.ReadAllTextAsync(Contracts.Lock);

        ContractShape
            .Parse(approved)
            .BrokenBy(current)
            .Should()
            .BeEmpty("stored events are read for ever; a new meaning needs a new field or a new message");

        if (Contracts.Updating)
        {
            await File.WriteAllTextAsync(Contracts.Lock, current.ToString());
        }

        var stored = await File.ReadAllTextAsync(Contracts.Lock);
        stored.Should().Be(current.ToString(), "proto/events.lock lists every contract. {0}", Contracts.HowToUpdate);
    }

    [Fact]
    public void An_added_field_value_or_message_breaks_nothing() =>
        Breaks(Approved + "\n  2 SIDE_SELL\nmessage trading.x.v1.Other\n  1 id string").Should().BeEmpty();

    [Theory]
    [InlineData("  1 id string\n", "", "message trading.x.v1.Thing: number 1, 'id string', was removed.")]
    [InlineData(
        "  1 id string",
        "  9 id string",
        "message trading.x.v1.Thing: 'id string' was renumbered from 1 to 9."
    )]
    [InlineData("id string", "id bytes", "message trading.x.v1.Thing: number 1 was 'id string' and is now 'id bytes'.")]
    [InlineData(
        "id string",
        "ident string",
        "message trading.x.v1.Thing: number 1 was 'id string' and is now 'ident string'."
    )]
    [InlineData(
        "repeated ",
        "",
        "message trading.x.v1.Thing: number 3 was 'names repeated string' and is now 'names string'."
    )]
    [InlineData("  1 SIDE_BUY", "", "enum trading.common.v1.Side: number 1, 'SIDE_BUY', was removed.")]
    [InlineData("x.v1.Thing", "x.v1.Thang", "message trading.x.v1.Thing was removed or renamed.")]
    public void A_change_that_alters_stored_bytes_is_named(string was, string becomes, string message) =>
        Breaks(Approved.Replace(was, becomes)).Should().Equal(message);

    [Fact]
    public void The_shape_survives_being_written_and_read()
    {
        var shape = ContractShape.Of(Contracts.Files).ToString();

        ContractShape.Parse(shape).ToString().Should().Be(shape);
    }

    private static IReadOnlyList<string> Breaks(string changed) =>
        ContractShape.Parse(Approved).BrokenBy(ContractShape.Parse(changed));
}
