using System.Globalization;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Api.Audit;

/// <summary>Which events are asked for. What is null does not restrict.</summary>
internal sealed record AuditQuestion
{
    /// <summary>Exactly this stream.</summary>
    public StreamName? Stream { get; init; }

    /// <summary>One of these stored names; empty for any.</summary>
    public IReadOnlySet<string> Types { get; init; } = new HashSet<string>();

    /// <summary>About this user.</summary>
    public UserKey? User { get; init; }

    /// <summary>Recorded at this moment or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Recorded before this moment.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Whether an event is asked for; the range is the reader's business.</summary>
    public bool Wants(RecordedEvent recorded) =>
        (Stream is not { } stream || recorded.Stream == stream)
        && (Types.Count == 0 || Types.Contains(recorded.Type))
        && (User is not { } user || recorded.User == user);

    /// <summary>The restrictions by name, as they go on record.</summary>
    public IEnumerable<(string Name, string Value)> Filters()
    {
        if (Stream is { } stream)
        {
            yield return ("stream", stream.Value);
        }

        foreach (var type in Types.Order(StringComparer.Ordinal))
        {
            yield return ("type", type);
        }

        if (User is { } user)
        {
            yield return ("user", user.Value);
        }

        if (From is { } from)
        {
            yield return ("from", from.ToString("O", CultureInfo.InvariantCulture));
        }

        if (To is { } to)
        {
            yield return ("to", to.ToString("O", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The stored names that a list of names means, full or short; null with an unknown one among them.</summary>
    public static HashSet<string>? ReadTypes(string text)
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var known = EventCatalog.ByName.Values.FirstOrDefault(type =>
                string.Equals(type.FullName, name, StringComparison.Ordinal)
                || string.Equals(type.Name, name, StringComparison.OrdinalIgnoreCase)
            );
            if (known is null)
            {
                return null;
            }

            types.Add(known.FullName);
        }

        return types.Count == 0 ? null : types;
    }

    /// <summary>Reads a stream's name; null when it is none.</summary>
    public static StreamName? ReadStream(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        // PostgreSQL's texts cannot hold a NUL, so no stream is named with one.
        return dash > 0 && dash < text.Length - 1 && text.Length <= StreamName.MaxLength && !text.Contains('\0')
            ? StreamName.Parse(text)
            : null;
    }

    /// <summary>Reads a whole number that is not negative; null when the text is none.</summary>
    public static long? ReadNumber(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
