using System.Security.Cryptography;
using Trading.Configuration;
using Trading.EmbeddedPostgres;

namespace Trading.Api.Configuration;

/// <summary>The keys that the embedded mode makes for itself, one file each, readable by their owner only.</summary>
public static class KeyFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const int LeastCharacters = 16;

    /// <summary>Completes the settings of an embedded service with the keys kept in its data folder, made on first use.</summary>
    /// <exception cref="SettingsException">The folder cannot be used, or a file in it holds no key.</exception>
    public static ServiceSettings Complete(ServiceSettings settings)
    {
        if (settings is { ApiKey: not null, MasterKey: not null })
        {
            return settings;
        }

        var master = Path.Combine(settings.DataFolder, MasterKeyText.FileName);
        try
        {
            PrivateFolder.Create(settings.DataFolder);
            var apiKey =
                settings.ApiKey ?? ReadOrMake(Path.Combine(settings.DataFolder, "api.key"), Convert.ToHexStringLower);
            return settings with
            {
                ApiKey = apiKey,
                MasterKey =
                    settings.MasterKey
                    ?? MasterKeyText.Parse(ReadOrMake(master, Convert.ToBase64String))
                    ?? throw new SettingsException([$"{master} does not hold {MasterKeyText.Bytes} bytes in base64."]),
            };
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([$"TRADING_DATA: {settings.DataFolder} cannot be used: {unusable.Message}"]);
        }
    }

    /// <summary>The text of a key file; when there is none it is made from 32 random bytes.</summary>
    /// <exception cref="SettingsException">It cannot be read, or holds too little to be a key.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static string ReadOrMake(string path, Func<byte[], string> spell)
    {
        if (!ConfigurationFile.IsThere(path))
        {
            var made = spell(RandomNumberGenerator.GetBytes(MasterKeyText.Bytes));
            WriteSecret(path, made + "\n");
            return made;
        }

        try
        {
            var key = ConfigurationFile.Text(path).Trim();
            return key.Length >= LeastCharacters
                ? key
                : throw new SettingsException([$"{path} does not hold a key of {LeastCharacters} characters or more."]);
        }
        catch (SettingsFileException unusable)
        {
            throw new SettingsException([unusable.Message]);
        }
    }

    /// <summary>Writes a file that only its owner may read, whole or not at all.</summary>
    public static void WriteSecret(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        var draft = path + ".new";
        File.Delete(draft);
        using (var file = new StreamWriter(draft, options))
        {
            file.Write(text);
        }

        File.Move(draft, path, overwrite: true);
    }
}
