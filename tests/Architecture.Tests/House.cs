using System.Text.RegularExpressions;
using System.Xml.Linq;
using Trading.TestKit;

namespace Trading.Architecture.Tests;

/// <summary>The repository as the rules see it: its projects and its source files.</summary>
internal static partial class House
{
    /// <summary>The repository's root folder.</summary>
    public static string Root => SharedData.Repository;

    /// <summary>The rooms: every project in <c>src</c>.</summary>
    public static IReadOnlyList<string> Rooms { get; } =
    [.. Directory.EnumerateDirectories(Path.Combine(Root, "src")).Select(f => Path.GetFileName(f)).Order()];

    /// <summary>What a room's project file references.</summary>
    public static IReadOnlyList<string> ReferencesOf(string room) =>
        [
            .. Items(room, "ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Replace('\\', '/')))
                .Order(),
        ];

    /// <summary>What a room sees through all references of its references.</summary>
    public static IReadOnlySet<string> ReachOf(string room)
    {
        var reach = new HashSet<string>();
        var open = new Queue<string>(ReferencesOf(room));
        while (open.TryDequeue(out var next))
        {
            if (!reach.Add(next))
                continue;
            foreach (var further in ReferencesOf(next))
                open.Enqueue(further);
        }

        return reach;
    }

    /// <summary>The values of the items of one kind in a room's project file.</summary>
    public static IEnumerable<string> Items(string room, string kind) =>
        XDocument
            .Load(Path.Combine(Root, "src", room, room + ".csproj"))
            .Descendants(kind)
            .Select(item => (string?)item.Attribute("Include") ?? "");

    /// <summary>Source files below some folders, as paths relative to the root.</summary>
    public static IEnumerable<string> Sources(params string[] folders) =>
        folders
            .Select(folder => Path.Combine(Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/") && !file.Contains("/bin/"))
            .Order();

    /// <summary>The lines of a file given by its path relative to the root.</summary>
    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    /// <summary>The names of the types declared in a file.</summary>
    public static IEnumerable<string> TypesIn(string file) =>
        Lines(file)
            .Select(line => Declaration().Match(line))
            .Where(match => match.Success)
            .Select(match => match.Groups["name"].Value);

    [GeneratedRegex(
        @"^\s*(?:(?:public|internal|private|protected|file|static|sealed|abstract|readonly|partial|ref)\s+)*(?:class|interface|enum|struct|record(?:\s+(?:class|struct))?)\s+(?<name>[A-Za-z_]\w*)",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Declaration();
}
