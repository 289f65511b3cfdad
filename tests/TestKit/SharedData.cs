namespace Trading.TestKit;

/// <summary>Finds the folders tests read from.</summary>
public static class SharedData
{
    /// <summary>The environment variable that names the shared folder.</summary>
    public const string Variable = "TRADING_SHARED";

    /// <summary>The folder <c>shared</c> beside the repository; null where there is none.</summary>
    public static string? Folder { get; } = FindFolder();

    /// <summary>The repository's root folder.</summary>
    public static string Repository { get; } =
        Upwards().FirstOrDefault(folder => File.Exists(Path.Combine(folder, "EventSourcedTrading.sln")))
        ?? throw new InvalidOperationException($"No repository above {AppContext.BaseDirectory}");

    /// <summary>A file or folder in the shared folder; null when it is not there.</summary>
    public static string? Find(params string[] parts)
    {
        if (Folder is null)
            return null;
        var path = Path.Combine([Folder, .. parts]);
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    private static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return Directory.Exists(given) ? given : null;
        return Upwards().Select(folder => Path.Combine(folder, "shared")).FirstOrDefault(Directory.Exists);
    }

    private static IEnumerable<string> Upwards()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            yield return folder;
    }
}
