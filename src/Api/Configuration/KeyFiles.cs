using System.Security.Cryptography;
using Trading.EmbeddedPostgres;

namespace Trading.Api.Configuration;

/// <summary>The keys that the embedded mode makes for itself, one file each, readable by their owner only.</summary>
public static class KeyFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Completes the settings of an embedded service with the keys kept in its data folder, made on first use.</summary>
    public static ServiceSettings Complete(ServiceSettings settings)
    {
        if (settings is { ApiKey: not null, MasterKey: not null })
        {
            return settings;
        }

        PrivateFolder.Create(settings.DataFolder);
        return settings with
        {
            ApiKey =
                settings.ApiKey ?? ReadOrMake(Path.Combine(settings.DataFolder, "api.key"), Convert.ToHexStringLower),
            MasterKey =
                settings.MasterKey
                ?? Convert.FromBase64String(
                    ReadOrMake(Path.Combine(settings.DataFolder, "master.key"), Convert.ToBase64String)
                ),
        };
    }

    /// <summary>The text of a key file; when there is none it is made from 32 random bytes.</summary>
    public static string ReadOrMake(string path, Func<byte[], string> spell)
    {
        if (File.Exists(path))
        {
            return File.ReadAllText(path).Trim();
        }

        var key = spell(RandomNumberGenerator.GetBytes(32));
        WriteSecret(path, key + "\n");
        return key;
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
