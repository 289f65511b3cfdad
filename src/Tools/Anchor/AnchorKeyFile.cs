using System.Security.Cryptography;

namespace Trading.Tools.Anchor;

/// <summary>The private key that signs anchors: a PEM file that only its owner may read, and its public key beside it, for
/// those who check.</summary>
internal static class AnchorKeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Foreign =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Where the public key of a private one stands.</summary>
    public static string PublicOf(string file) => $"{file}.pub";

    /// <summary>Reads the key of a file, making both files first when there are none.</summary>
    /// <exception cref="ToolException">The file is no key, cannot be read or made, or others may read it.</exception>
    public static ECDsa OpenOrMake(string file)
    {
        if (!File.Exists(file))
        {
            try
            {
                Make(file);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                throw new ToolException($"The key {file} cannot be made: {refused.Message}");
            }

            // A name mistyped makes a key that nobody who checks knows: not to be missed.
            Console.Error.WriteLine(
                $"There was no key {file}: a new one was made. Give {PublicOf(file)} to those who check."
            );
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Foreign) != UnixFileMode.None)
        {
            throw new ToolException($"{file} may be read by others than its owner: chmod 600 {file}");
        }

        return Read(file);
    }

    /// <summary>Reads a public (or private) key as a SubjectPublicKeyInfo.</summary>
    /// <exception cref="ToolException">There is no such file, or it is no key.</exception>
    public static byte[] ReadPublic(string file)
    {
        if (!File.Exists(file))
        {
            throw new ToolException($"There is no key file {file}.");
        }

        using var key = Read(file);
        return key.ExportSubjectPublicKeyInfo();
    }

    private static ECDsa Read(string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return key;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw new ToolException($"The key {file} cannot be read: {unreadable.Message}");
        }
        catch (Exception unusable) when (unusable is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new ToolException($"{file} is not a PEM file with a key on the curve P-256: {unusable.Message}");
        }
    }

    private static void Make(string file)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var stream = new StreamWriter(file, options))
        {
            stream.Write(key.ExportPkcs8PrivateKeyPem());
            stream.Write('\n');
        }

        File.WriteAllText(PublicOf(file), key.ExportSubjectPublicKeyInfoPem() + "\n");
    }
}
