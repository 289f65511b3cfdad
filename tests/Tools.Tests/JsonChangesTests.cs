using System.Text.Json;
using FluentAssertions;
using Trading.Projections.TimeTravel;
using Trading.Tools.State;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class JsonChangesTests
{
    [Theory]
    [InlineData("""{"a":{"b":1.50,"c":true}}""", """{"a":{"b":2,"c":true}}""", "a.b", "1.50", "2")]
    [InlineData("""{"a":null}""", """{"a":{"b":"x","c":null}}""", "a.b", null, "x")]
    [InlineData("""{"a":{"b":"x"}}""", "{}", "a.b", "x", null)]
    [InlineData("""{"a":[{"id":"7","v":1},{"id":"8","v":1}]}""", """{"a":[{"id":"8","v":3}]}""", "a.7.id", "7", null)]
    [InlineData("""{"a":[{"id":"7","v":1},{"id":"8","v":1}]}""", """{"a":[{"id":"8","v":3}]}""", "a.8.v", "1", "3")]
    [InlineData("""{"a":[{"v":1},{"v":1}]}""", """{"a":[{"v":1},{"v":2}]}""", "a.1.v", "1", "2")]
    [InlineData("""{"a":["x","x","y"]}""", """{"a":["x","y"]}""", "a", "x", null)]
    [InlineData("""{"a":{"b":1}}""", """{"a":"gone"}""", "a", "{\"b\":1}", "gone")]
    public void A_change_is_told_at_its_path(string before, string after, string path, string? was, string? now) =>
        Between(before, after)
            .Where(change => change.Figure == path)
            .Select(change => (Text(change.Before), Text(change.After)))
            .Should()
            .Equal((was, now));

    [Theory]
    [InlineData("""{"a":1.0,"b":[1,2],"c":{"d":null}}""", """{"c":{"d":null},"a":1.0,"b":[2,1]}""")]
    [InlineData("""{"a":[{"id":1,"v":2},{"id":2,"v":3}]}""", """{"a":[{"id":2,"v":3},{"id":1,"v":2}]}""")]
    [InlineData("""{"a":null}""", "{}")]
    [InlineData("""{"a":{"b":null}}""", """{"a":null}""")]
    public void What_says_the_same_has_not_changed(string before, string after) =>
        Between(before, after).Should().BeEmpty();

    private static List<FigureChange> Between(string before, string after)
    {
        using var one = JsonDocument.Parse(before);
        using var other = JsonDocument.Parse(after);
        return JsonChanges.Between(one.RootElement, other.RootElement);
    }

    private static string? Text(object? value) => value is null ? null : AccountFigures.Text(value);
}
