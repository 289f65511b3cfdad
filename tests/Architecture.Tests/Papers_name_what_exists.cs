using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Trading.Architecture.Tests;

public sealed partial class Papers_name_what_exists
{
    [Fact]
    public void Every_path_in_the_papers_leads_somewhere() =>
        Papers()
            .SelectMany(paper => PathsIn(paper).Where(path => !Exists(path)).Select(path => (paper, path)))
            .Should()
            .BeEmpty();

    [Fact]
    public void Every_link_in_the_papers_leads_somewhere() =>
        Papers()
            .SelectMany(paper =>
                Link()
                    .Matches(File.ReadAllText(paper))
                    .Select(match => match.Groups["target"].Value)
                    .Where(target => !target.Contains(':') && !target.StartsWith('#'))
                    .Select(target => Path.Combine(Path.GetDirectoryName(paper) ?? "", target.Split('#')[0]))
                    .Where(target => !File.Exists(target) && !Directory.Exists(target))
                    .Select(target => (paper, target))
            )
            .Should()
            .BeEmpty();

    private static IEnumerable<string> Papers()
    {
        var docs = Path.Combine(House.Root, "docs");
        return
        [
            Path.Combine(House.Root, "README.md"),
            .. Directory.Exists(docs) ? Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories) : [],
        ];
    }

    private static IEnumerable<string> PathsIn(string paper) =>
        RepositoryPath()
            .Matches(File.ReadAllText(paper))
            .Select(match => match.Value.TrimEnd('.', ',', ':', ')'))
            .Distinct();

    // A star stands for any name: what is before it has to exist.
    private static bool Exists(string path)
    {
        var fixedPart = path.Contains('*') ? path[..path.LastIndexOf('/', path.IndexOf('*'))] : path;
        var full = Path.Combine(House.Root, fixedPart);
        return File.Exists(full) || Directory.Exists(full);
    }

    [GeneratedRegex(
        @"(?<![\w./-])(src|tests|bench|proto|docs)/[\w.*/-]*[\w*/]",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}
