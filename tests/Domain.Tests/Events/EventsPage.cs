using System.Text;
using System.Text.Json;
using Google.Protobuf.Reflection;
using Trading.Domain.Events;

namespace Trading.Domain.Tests.Events;

/// <summary>Writes <c>docs/events.md</c> from the contracts.</summary>
internal sealed class EventsPage(IReadOnlyDictionary<string, string> comments)
{
    private readonly StringBuilder _page = new();

    public string Write(IReadOnlyList<FileDescriptor> files)
    {
        Line("# Events");
        Line();
        Line("What can happen in this system. Written from `proto/events` by the tests of Domain; do not edit it.");
        Line(
            "An event's stored name is its protobuf full name. Names are shown here as `trading-tools` and the WebSocket"
        );
        Line("show them; `exact` is a number with all its digits, `ms` at the end of a name means Unix milliseconds.");
        Line();
        foreach (var file in files.Where(file => Events(file).Any()))
        {
            Line($"- {Link(Title(file))}: {string.Join(", ", Events(file).Select(message => Link(message.Name)))}");
        }

        Line();
        foreach (var file in files)
        {
            Section(file);
        }

        return _page.ToString().TrimEnd() + "\n";
    }

    private void Section(FileDescriptor file)
    {
        Line($"## {Title(file)}");
        Line();
        foreach (var message in Events(file).Concat(file.MessageTypes.Except(Events(file))))
        {
            Describe(message);
        }

        foreach (var type in file.EnumTypes)
        {
            Line($"### {type.Name}");
            Line();
            Line(
                $"{Sentence(type.FullName)}One of {string.Join(", ", type.Values.Select(value => Value(type, value)))}."
            );
            Line();
        }
    }

    private void Describe(MessageDescriptor message)
    {
        Line($"### {message.Name}");
        Line();
        Line(
            EventCatalog.ByName.ContainsKey(message.FullName)
                ? $"{Sentence(message.FullName)}Stored as `{message.FullName}`."
                : $"{Sentence(message.FullName)}A part of other events."
        );
        Line();
        Line("| no. | field | type | meaning |");
        Line("|---|---|---|---|");
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            var meaning = comments.GetValueOrDefault($"{message.FullName}.{field.Name}", "").Replace("|", "\\|");
            Line($"| {field.FieldNumber} | `{field.JsonName}` | {TypeOf(field)} | {meaning} |");
        }

        Line();
    }

    private string Sentence(string name) =>
        comments.TryGetValue(name, out var comment) ? $"{comment.TrimEnd('.')}. " : "";

    private string Value(EnumDescriptor type, EnumValueDescriptor value)
    {
        var prefix = JsonNamingPolicy.SnakeCaseUpper.ConvertName(type.Name) + "_";
        var comment = comments.GetValueOrDefault($"{type.FullName}.{value.Name}");
        return $"`{value.Name[prefix.Length..].ToLowerInvariant()}`{(comment is null ? "" : $" ({comment})")}";
    }

    private static string TypeOf(FieldDescriptor field)
    {
        var name = field.FieldType switch
        {
            FieldType.Message when field.MessageType == DecimalValue.Descriptor => "exact",
            FieldType.Message => Link(field.MessageType.Name),
            FieldType.Enum => Link(field.EnumType.Name),
            _ => ContractShape.TypeOf(field),
        };
        return field.IsRepeated ? $"list of {name}" : name;
    }

    private static IEnumerable<MessageDescriptor> Events(FileDescriptor file) =>
        file.MessageTypes.Where(message => EventCatalog.ByName.ContainsKey(message.FullName));

    private static string Title(FileDescriptor file)
    {
        var name = Path.GetFileNameWithoutExtension(file.Name);
        return char.ToUpperInvariant(name[0]) + name[1..];
    }

    private static string Link(string name) => $"[{name}](#{name.ToLowerInvariant()})";

    private void Line(string text = "") => _page.Append(text).Append('\n');
}
