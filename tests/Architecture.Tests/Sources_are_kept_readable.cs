using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Trading.Architecture.Tests;

public sealed partial class Sources_are_kept_readable
{
    private const int LongestFile = 400;
    private static readonly string[] SaysNothingLast =
    [
        "Manager",
        "Helper",
        "Helpers",
        "Util",
        "Utils",
        "Utility",
        "Utilities",
        "Base",
        "Common",
    ];

    // Base leads honest words of this trade: the base asset of a symbol.
    private static readonly string[] SaysNothingFirst = ["Manager", "Helper", "Util", "Utility", "Common"];

    [Fact]
    public void No_type_has_a_name_that_says_nothing() =>
        House
            .Sources("src")
            .SelectMany(file => House.TypesIn(file).Select(name => (file, name)))
            .Where(type =>
            {
                var words = Word().Matches(type.name).Select(match => match.Value).ToList();
                return words is [var first, ..]
                    && (SaysNothingFirst.Contains(first) || SaysNothingLast.Contains(words[^1]));
            })
            .Should()
            .BeEmpty();

    [Fact]
    public void No_file_is_too_long_to_keep_in_mind() =>
        House
            .Sources("src", "tests", "bench")
            .Select(file => (file, lines: House.Lines(file).Length))
            .Where(source => source.lines > LongestFile)
            .Should()
            .BeEmpty();

    [Fact]
    public void No_file_starts_with_a_byte_order_mark() =>
        House
            .Sources("src", "tests", "bench")
            .Where(file => File.ReadAllBytes(Path.Combine(House.Root, file)) is [0xEF, 0xBB, 0xBF, ..])
            .Should()
            .BeEmpty();

    [Fact]
    public void No_source_holds_banners_regions_or_notes_of_unfinished_work() =>
        House
            .Sources("src", "tests", "bench")
            .Where(file => !file.EndsWith(nameof(Sources_are_kept_readable) + ".cs", StringComparison.Ordinal))
            .SelectMany(file => House.Lines(file).Where(line => Noise().IsMatch(line)).Select(line => (file, line)))
            .Should()
            .BeEmpty();

    [Fact]
    public void A_namespace_starts_with_the_name_of_its_project() =>
        House
            .Sources("src")
            .SelectMany(file =>
                House
                    .Lines(file)
                    .Where(line => line.StartsWith("namespace ", StringComparison.Ordinal))
                    .Select(line => (file, line))
            )
            .Where(source =>
                !(source.line.TrimEnd(';') + ".").StartsWith(
                    $"namespace Trading.{source.file.Split('/')[1]}.",
                    StringComparison.Ordinal
                )
            )
            .Should()
            .BeEmpty();

    [GeneratedRegex("[A-Z][a-z0-9]*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    [GeneratedRegex(
        @"^\s*#region|^\s*//\s*[-=*#]{4,}|\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Noise();
}
