using System.Text.RegularExpressions;

namespace Trading.Domain.Tests.Events;

/// <summary>The comments of the contract files, by <c>package.Type</c> and <c>package.Type.member</c>. Descriptors do not
/// carry them at run time, so they are read from the source.</summary>
internal static partial class ProtoComments
{
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(string folder)
    {
        Dictionary<string, string> comments = new(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*.proto"))
        {
            Read(await File.ReadAllLinesAsync(path), comments);
        }

        return comments;
    }

    private static void Read(IEnumerable<string> lines, Dictionary<string, string> comments)
    {
        var package = "";
        var type = "";
        List<string> pending = [];
        foreach (var line in lines.Select(line => line.Trim()))
        {
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                pending.Add(line[2..].Trim());
                continue;
            }

            if (Package().Match(line) is { Success: true } inPackage)
            {
                package = inPackage.Groups["name"].Value;
            }
            else if (Type().Match(line) is { Success: true } ofType)
            {
                type = $"{package}.{ofType.Groups["name"].Value}";
                Keep(type);
            }
            else if (Member().Match(line) is { Success: true } member)
            {
                Keep($"{type}.{member.Groups["name"].Value}");
            }

            pending.Clear();
        }

        void Keep(string name)
        {
            if (pending.Count > 0)
            {
                comments[name] = string.Join(' ', pending);
            }
        }
    }

    [GeneratedRegex(@"^package\s+(?<name>[\w.]+);", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Package();

    [GeneratedRegex(
        @"^(?:message|enum)\s+(?<name>\w+)\s*\{",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Type();

    [GeneratedRegex(@"(?<name>\w+)\s*=\s*\d+;", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Member();
}
