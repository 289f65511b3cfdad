using System.Globalization;
using System.Text.RegularExpressions;

namespace Trading.Projections.TimeTravel;

/// <summary>Reads an ISO 8601 time as people and programs write it: a whole date at least. The framework's parser alone would
/// take <c>1,2</c> for the second of January and <c>10:00</c> for today's.</summary>
public static partial class IsoTime
{
    /// <summary>The time, UTC when it names no zone; null when the text is none.</summary>
    public static DateTimeOffset? Read(string text) =>
        Form().IsMatch(text)
        && DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : null;

    [GeneratedRegex(
        """^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?\z""",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Form();
}
