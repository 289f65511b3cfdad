using System.Text;
using Google.Protobuf.Reflection;

namespace Trading.Domain.Tests.Events;

/// <summary>The shape of messages and enums: what each number in each of them means. Kept as text in
/// <c>proto/events.lock</c>.</summary>
internal sealed class ContractShape
{
    private const string Heading =
        "# The approved shape of every event contract. Numbers here stand in stored bytes: nothing may be taken away or\n"
        + "# changed, only added. Written by the tests of Domain; never edit it by hand.\n";

    private readonly SortedDictionary<string, SortedDictionary<int, string>> _types = new(StringComparer.Ordinal);

    public static ContractShape Of(IEnumerable<FileDescriptor> files)
    {
        var shape = new ContractShape();
        foreach (var file in files)
        {
            foreach (var message in file.MessageTypes)
            {
                shape._types.Add(
                    $"message {message.FullName}",
                    new(message.Fields.InDeclarationOrder().ToDictionary(field => field.FieldNumber, Describe))
                );
            }

            foreach (var type in file.EnumTypes)
            {
                shape._types.Add(
                    $"enum {type.FullName}",
                    new(type.Values.ToDictionary(value => value.Number, value => value.Name))
                );
            }
        }

        return shape;
    }

    public static ContractShape Parse(string text)
    {
        var shape = new ContractShape();
        SortedDictionary<int, string>? current = null;
        foreach (var line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] != ' ')
            {
                shape._types.Add(line, current = []);
                continue;
            }

            var parts = line.TrimStart().Split(' ', 2);
            (current ?? throw new FormatException($"No type stands before '{line}'.")).Add(
                int.Parse(parts[0]),
                parts[1]
            );
        }

        return shape;
    }

    /// <summary>What stored bytes would no longer mean; empty when they all still mean the same.</summary>
    public IReadOnlyList<string> BrokenBy(ContractShape current)
    {
        List<string> broken = [];
        foreach (var (name, members) in _types)
        {
            if (!current._types.TryGetValue(name, out var now))
            {
                broken.Add($"{name} was removed or renamed.");
                continue;
            }

            foreach (var (number, meaning) in members)
            {
                if (now.TryGetValue(number, out var other))
                {
                    if (other != meaning)
                    {
                        broken.Add($"{name}: number {number} was '{meaning}' and is now '{other}'.");
                    }

                    continue;
                }

                var moved = now.FirstOrDefault(member => member.Value == meaning);
                broken.Add(
                    moved.Value is null
                        ? $"{name}: number {number}, '{meaning}', was removed."
                        : $"{name}: '{meaning}' was renumbered from {number} to {moved.Key}."
                );
            }
        }

        return broken;
    }

    public override string ToString()
    {
        var text = new StringBuilder(Heading);
        foreach (var (name, members) in _types)
        {
            text.Append('\n').Append(name).Append('\n');
            foreach (var (number, meaning) in members)
            {
                text.Append($"  {number} {meaning}\n");
            }
        }

        return text.ToString();
    }

    private static string Describe(FieldDescriptor field) =>
        $"{field.Name} {(field.IsRepeated ? "repeated " : "")}{TypeOf(field)}";

    public static string TypeOf(FieldDescriptor field) =>
        field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            _ => field.FieldType.ToString().ToLowerInvariant(),
        };
}
