using Trading.Configuration;

namespace Trading.Tools.Connect;

/// <summary>The master keys that a verb was given: those of the settings, or the one that a service with a private database
/// keeps in its data folder.</summary>
/// <param name="Current">The key in use; null when there is none.</param>
/// <param name="Former">Keys of before.</param>
/// <param name="Origin">Where the key in use comes from.</param>
internal sealed record KnownKeys(byte[]? Current, IReadOnlyList<byte[]> Former, string Origin)
{
    /// <summary>No key: what is sealed stays so.</summary>
    public static KnownKeys None { get; } = new(null, [], "");

    /// <summary>The keys of the settings, or of a data folder.</summary>
    /// <param name="variables">The settings.</param>
    /// <param name="dataFolder">Of the private database that is asked; null for another database.</param>
    /// <exception cref="SettingsFileException">The key file cannot be read, or holds no key.</exception>
    /// <exception cref="ToolException">A variable does not hold a key.</exception>
    public static KnownKeys Find(IReadOnlyDictionary<string, string> variables, string? dataFolder)
    {
        var (former, elements) = MasterKeyText.ParseList(variables.GetValueOrDefault(MasterKeyText.FormerVariable));
        if (former.Count < elements)
        {
            throw new ToolException(
                $"{MasterKeyText.FormerVariable} must be keys of {MasterKeyText.Bytes} bytes in base64, separated by commas."
            );
        }

        if (variables.GetValueOrDefault(MasterKeyText.Variable) is { } text && !string.IsNullOrWhiteSpace(text))
        {
            return new(
                MasterKeyText.Parse(text)
                    ?? throw new ToolException(
                        $"{MasterKeyText.Variable} must be {MasterKeyText.Bytes} bytes in base64."
                    ),
                former,
                MasterKeyText.Variable
            );
        }

        return dataFolder is not null && FileIn(dataFolder) is { } file
            ? new(MasterKeyText.FromFile(file), former, file)
            : None;
    }

    // Somebody may have named the folder of the database inside the data folder.
    private static string? FileIn(string dataFolder) =>
        new[] { dataFolder, Path.Combine(dataFolder, "..") }
            .Select(folder => Path.GetFullPath(Path.Combine(folder, MasterKeyText.FileName)))
            .FirstOrDefault(ConfigurationFile.IsThere);
}
