namespace Trading.EmbeddedPostgres.Binaries;

/// <summary>A path in which one part may hold a star in the place of a version.</summary>
internal static class FolderPattern
{
    /// <summary>The folders that exist for a pattern, the highest version first.</summary>
    public static IEnumerable<string> Expand(string pattern)
    {
        var star = pattern.IndexOf('*');
        if (star < 0)
            return Directory.Exists(pattern) ? [pattern] : [];

        var start = pattern.LastIndexOfAny(['/', '\\'], star);
        var end = pattern.IndexOfAny(['/', '\\'], star);
        var parent = pattern[..start];
        var part = end < 0 ? pattern[(start + 1)..] : pattern[(start + 1)..end];
        var rest = end < 0 ? "" : pattern[(end + 1)..];
        if (!Directory.Exists(parent))
            return [];

        return Directory
            .EnumerateDirectories(parent, part)
            .OrderByDescending(VersionIn)
            .Select(folder => Path.Combine(folder, rest))
            .Where(Directory.Exists);
    }

    private static int VersionIn(string folder)
    {
        var digits = string.Concat(
            Path.GetFileName(folder).SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit)
        );
        return int.TryParse(digits, out var version) ? version : 0;
    }
}
