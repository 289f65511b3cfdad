namespace Trading.Configuration;

/// <summary>A master key as it is written down: 32 bytes in base64.</summary>
public static class MasterKeyText
{
    /// <summary>Bytes of a master key.</summary>
    public const int Bytes = 32;

    /// <summary>The variable with the key in use.</summary>
    public const string Variable = "TRADING_MASTER_KEY";

    /// <summary>The variable with the keys of before, separated by commas.</summary>
    public const string FormerVariable = "TRADING_FORMER_MASTER_KEYS";

    /// <summary>The file of the key that a service with a private database makes for itself, in its data folder.</summary>
    public const string FileName = "master.key";

    /// <summary>The key; null when the text is none.</summary>
    public static byte[]? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var key = new byte[Bytes + 1];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == Bytes ? key[..Bytes] : null;
    }

    /// <summary>The key of a file.</summary>
    /// <exception cref="SettingsFileException">The file cannot be read, or holds no key.</exception>
    public static byte[] FromFile(string path) =>
        Parse(ConfigurationFile.Text(path))
        ?? throw new SettingsFileException($"{path} does not hold {Bytes} bytes in base64.");

    /// <summary>The keys of a list; fewer than it has elements when some are none.</summary>
    public static (IReadOnlyList<byte[]> Keys, int Elements) ParseList(string? text)
    {
        var elements = (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return ([.. elements.Select(Parse).OfType<byte[]>()], elements.Length);
    }
}
