using System.Buffers;
using System.Text.Json;
using Trading.Projections.TimeTravel;

namespace Trading.Tools.State;

/// <summary>What differs between two states of an aggregate, by the paths at which the verb <c>state</c> prints it. What stands
/// in a list is found again by its first field when that names it: <c>state.book.positions.77.volume</c>.</summary>
internal static class JsonChanges
{
    /// <summary>How an aggregate stands, as JSON.</summary>
    public static JsonElement FiguresOf(IStreamFold fold)
    {
        var buffer = new ArrayBufferWriter<byte>(4_096);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            fold.WriteFigures(writer);
            writer.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    /// <summary>Every value that is not the same.</summary>
    /// <param name="before">Null before the first event.</param>
    /// <param name="after">The later state.</param>
    public static List<FigureChange> Between(JsonElement? before, JsonElement after)
    {
        var changes = new List<FigureChange>();
        Compare("", before, after, changes);
        return changes;
    }

    private static void Compare(string path, JsonElement? before, JsonElement? after, List<FigureChange> changes)
    {
        if (before is { } one && after is { } other && JsonElement.DeepEquals(one, other))
        {
            return;
        }

        if (IsOf(JsonValueKind.Object, before, after))
        {
            CompareParts(path, Properties(before), Properties(after), changes);
        }
        else if (IsOf(JsonValueKind.Array, before, after))
        {
            CompareLists(path, Items(before), Items(after), changes);
        }
        else if (ValueOf(before) is var was && ValueOf(after) is var now && !Equals(was, now))
        {
            changes.Add(new(path, was, now));
        }
    }

    private static void CompareLists(
        string path,
        List<JsonElement> before,
        List<JsonElement> after,
        List<FigureChange> changes
    )
    {
        if (before.Concat(after).All(item => item.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)))
        {
            var gone = before.ConvertAll(item => ValueOf(item));
            var come = after.ConvertAll(item => ValueOf(item)).FindAll(item => !gone.Remove(item));
            changes.AddRange(gone.Select(item => new FigureChange(path, item, null)));
            changes.AddRange(come.Select(item => new FigureChange(path, null, item)));
            return;
        }

        if (Named(before) is { } was && Named(after) is { } now)
        {
            CompareParts(path, was, now, changes);
        }
        else
        {
            CompareParts(path, Numbered(before), Numbered(after), changes);
        }
    }

    private static void CompareParts(
        string path,
        Dictionary<string, JsonElement> before,
        Dictionary<string, JsonElement> after,
        List<FigureChange> changes
    )
    {
        foreach (var name in before.Keys.Union(after.Keys))
        {
            Compare(
                path.Length == 0 ? name : $"{path}.{name}",
                before.TryGetValue(name, out var was) ? was : null,
                after.TryGetValue(name, out var now) ? now : null,
                changes
            );
        }
    }

    // An absent object has no properties, so that all of the other are told one by one.
    private static bool IsOf(JsonValueKind kind, JsonElement? before, JsonElement? after) =>
        (KindOf(before), KindOf(after)) is var (was, now)
        && (was == kind || now == kind)
        && (was == kind || was == JsonValueKind.Null)
        && (now == kind || now == JsonValueKind.Null);

    private static JsonValueKind KindOf(JsonElement? element) => element?.ValueKind ?? JsonValueKind.Null;

    private static Dictionary<string, JsonElement> Properties(JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Object } some
            ? some.EnumerateObject().ToDictionary(property => property.Name, property => property.Value)
            : [];

    private static List<JsonElement> Items(JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Array } some ? [.. some.EnumerateArray()] : [];

    private static Dictionary<string, JsonElement> Numbered(List<JsonElement> items) =>
        items.Index().ToDictionary(item => $"{item.Index}", item => item.Item);

    private static Dictionary<string, JsonElement>? Named(List<JsonElement> items)
    {
        var named = new Dictionary<string, JsonElement>();
        foreach (var item in items)
        {
            if (
                item.ValueKind != JsonValueKind.Object
                || item.EnumerateObject().FirstOrDefault().Value
                    is not { ValueKind: JsonValueKind.String or JsonValueKind.Number } name
                || !named.TryAdd(name.ToString(), item)
            )
            {
                return null;
            }
        }

        return named;
    }

    private static object? ValueOf(JsonElement? element) =>
        element switch
        {
            { ValueKind: JsonValueKind.Number } number when number.TryGetDecimal(out var exact) => exact,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => null,
            { } text => text.ToString(),
        };
}
