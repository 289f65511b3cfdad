using System.Text.Json;

namespace Trading.Projections.Reading;

/// <summary>Enumerations as tables spell them: lower case with underscores, so that a person reading a table needs no
/// list of numbers.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => Spelling<T>.ByValue[value];

    public static T Read<T>(string word)
        where T : struct, Enum => Spelling<T>.ByWord[word];

    private static class Spelling<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue = Enum.GetValues<T>()
            .ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

        public static readonly Dictionary<string, T> ByWord = ByValue.ToDictionary(
            pair => pair.Value,
            pair => pair.Key,
            StringComparer.Ordinal
        );
    }
}
