using System.Text;

namespace Trading.Configuration;

/// <summary>Reads files of settings and keys: text, small, and readable, or refused in one sentence.</summary>
public static class ConfigurationFile
{
    private const long MostBytes = 1024 * 1024;

    /// <summary>The variables of a <c>.env</c> file; null when there is no such file.</summary>
    /// <exception cref="SettingsFileException">It cannot be read or understood.</exception>
    public static IReadOnlyDictionary<string, string>? Variables(string path)
    {
        if (!IsThere(path))
        {
            return null;
        }

        try
        {
            return DotEnv.Parse(Text(path));
        }
        catch (FormatException wrong)
        {
            throw new SettingsFileException($"{path}, {wrong.Message}.");
        }
    }

    /// <summary>Whether something stands under this name: a file, and also a folder or a link to nowhere, which stand in the
    /// way of one.</summary>
    public static bool IsThere(string path) =>
        File.Exists(path) || Directory.Exists(path) || new FileInfo(path).LinkTarget is not null;

    /// <summary>The text of a file. A byte order mark is no part of it.</summary>
    /// <exception cref="SettingsFileException">It is no file, cannot be read, or is no text.</exception>
    public static string Text(string path)
    {
        var bytes = Bytes(path);
        try
        {
            using var reader = new StreamReader(
                new MemoryStream(bytes),
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
            );
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            throw new SettingsFileException($"{path}, line {FirstLineThatIsNoText(bytes)} is not text (UTF-8).");
        }
    }

    private static byte[] Bytes(string path)
    {
        if (Directory.Exists(path))
        {
            throw new SettingsFileException($"{path} is a folder, not a file.");
        }

        try
        {
            using var file = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            using var bytes = new MemoryStream();
            var part = new byte[16 * 1024];
            for (int read; (read = file.Read(part)) > 0; )
            {
                bytes.Write(part, 0, read);
                if (bytes.Length > MostBytes)
                {
                    throw new SettingsFileException($"{path} is larger than {MostBytes:N0} bytes: no settings file.");
                }
            }

            return bytes.ToArray();
        }
        catch (Exception unreadable)
            when (unreadable is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new SettingsFileException($"{path} cannot be read: {unreadable.Message}");
        }
    }

    private static int FirstLineThatIsNoText(byte[] bytes)
    {
        var line = 1;
        for (var from = 0; from < bytes.Length; line++)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', from);
            end = end < 0 ? bytes.Length : end;
            if (!System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(from, end - from)))
            {
                return line;
            }

            from = end + 1;
        }

        return line;
    }
}
