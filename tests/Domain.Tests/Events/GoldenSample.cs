using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Domain.Events;

namespace Trading.Domain.Tests.Events;

/// <summary>The bytes of one event as some version of this code stored them, and how they read. Never rewritten.</summary>
/// <param name="Type">The stored name.</param>
/// <param name="Number">Counts the shapes that the message has had.</param>
/// <param name="Bytes">As stored.</param>
/// <param name="Reads">The same in protobuf's own JSON, which is not our code and leaves out what is not set: so later
/// additions do not disturb it.</param>
internal sealed record GoldenSample(string Type, int Number, byte[] Bytes, string Reads)
{
    public static async Task<IReadOnlyList<GoldenSample>> AllAsync()
    {
        Directory.CreateDirectory(Contracts.Golden);
        var files = Directory.EnumerateFiles(Contracts.Golden, "*.json").Order(StringComparer.Ordinal);
        return await Task.WhenAll(files.Select(LoadAsync));
    }

    /// <summary>A sample of the event as it is now, with every field set.</summary>
    public static GoldenSample Now(MessageDescriptor descriptor, int number)
    {
        var message = SampleMessage.Full(descriptor);
        return new(descriptor.FullName, number, message.ToByteArray(), JsonFormatter.Default.Format(message));
    }

    public async Task SaveAsync()
    {
        await using var file = File.Create(Path.Combine(Contracts.Golden, $"{Type}.{Number}.json"));
        await using var writer = new Utf8JsonWriter(file, new() { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("type", Type);
        writer.WriteBase64String("bytes", Bytes);
        writer.WritePropertyName("reads");
        using var reads = JsonDocument.Parse(Reads);
        reads.WriteTo(writer);
        writer.WriteEndObject();
    }

    /// <summary>How the stored bytes read today, in the same form as <see cref="Reads"/>.</summary>
    public string ReadsToday() => Plain(JsonFormatter.Default.Format(EventCatalog.Decode(Type, Bytes)));

    private static async Task<GoldenSample> LoadAsync(string path)
    {
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(path));
        var sample = document.RootElement;
        var number = int.Parse(Path.GetFileNameWithoutExtension(path).Split('.')[^1]);
        return new(
            sample.GetProperty("type").GetString()!,
            number,
            sample.GetProperty("bytes").GetBytesFromBase64(),
            Plain(sample.GetProperty("reads").GetRawText())
        );
    }

    private static string Plain(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement);
    }
}
