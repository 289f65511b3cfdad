using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trading.EventStore.Archive;

/// <summary>What an archive folder holds: one file for each partition of the market log, in the order of offsets. The manifest
/// is replaced whole; a file that it does not name is no part of the archive.</summary>
public sealed record ArchiveManifest
{
    /// <summary>The manifest's name in its folder.</summary>
    public const string FileName = "market.manifest.json";

    /// <summary>The files, oldest first.</summary>
    public required IReadOnlyList<ArchiveFile> Files { get; init; }

    /// <summary>The manifest of a folder; an empty one when it has none.</summary>
    /// <exception cref="InvalidDataException">There is one, but it cannot be read.</exception>
    public static ArchiveManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return new() { Files = [] };
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), ArchiveJson.Default.ArchiveManifest)
                ?? throw new InvalidDataException($"{path} is empty.");
        }
        catch (JsonException malformed)
        {
            throw new InvalidDataException($"{path} cannot be read: {malformed.Message}", malformed);
        }
    }

    /// <summary>Puts the manifest in its folder in the place of the older one: whole, and on disk.</summary>
    internal void Write(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var draft = $"{path}.part";
        using (var stream = File.Create(draft))
        {
            JsonSerializer.Serialize(stream, this, ArchiveJson.Default.ArchiveManifest);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }
}

/// <summary>One archived partition.</summary>
public sealed record ArchiveFile
{
    /// <summary>Its name in the folder.</summary>
    public required string Name { get; init; }

    /// <summary>The offset of its first tick.</summary>
    public required long First { get; init; }

    /// <summary>The offset of its last tick.</summary>
    public required long Last { get; init; }

    /// <summary>How many records (flushes of ticks) it holds.</summary>
    public required long Records { get; init; }

    /// <summary>When its newest record was made.</summary>
    public required DateTimeOffset RecordedTo { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the file, in hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The names of its streams by their number in the records.</summary>
    public required IReadOnlyDictionary<long, string> Streams { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(ArchiveManifest))]
internal sealed partial class ArchiveJson : JsonSerializerContext;
