using System.Collections;

namespace Trading.Tools.Doctor;

/// <summary>The variables that the service is started with: the environment, and a file <c>.env</c> behind it. Read by the
/// same rules as the service reads them, but tolerant: what is wrong is to be told, not to end the examination.</summary>
internal sealed class Settings
{
    private readonly Dictionary<string, string> _values;

    private Settings(Dictionary<string, string> values, string file, string? problem)
    {
        _values = values;
        File = file;
        Problem = problem;
    }

    /// <summary>The file behind the environment, whether or not it exists.</summary>
    public string File { get; }

    /// <summary>What is wrong with the file; null when nothing is.</summary>
    public string? Problem { get; }

    /// <summary>Of these variables alone.</summary>
    public static Settings Of(IReadOnlyDictionary<string, string> values, string file = ".env") =>
        new(new(values, StringComparer.Ordinal), file, null);

    /// <summary>Of this process and the file. The environment wins.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="environment">Of this process.</param>
    /// <param name="mustExist">Whether somebody named it, so that it is a mistake when there is none.</param>
    public static Settings Read(string file, IDictionary environment, bool mustExist = false)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        string? problem = null;
        try
        {
            // A folder of that name exists as no file does, yet stands in the way of one.
            if (System.IO.File.Exists(file) || Directory.Exists(file))
            {
                problem = ReadLines(System.IO.File.ReadAllLines(file), values);
            }
            else if (mustExist)
            {
                problem = "does not exist";
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problem = $"cannot be read: {unreadable.Message}";
        }

        foreach (DictionaryEntry variable in environment)
        {
            values[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return new(values, file, problem);
    }

    /// <summary>A variable's value; null when it is absent or blank.</summary>
    public string? this[string name] =>
        _values.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    /// <summary>A port from 1 on; null when the variable is absent or none.</summary>
    public int? Port(string name) => int.TryParse(this[name], out var port) && port is > 0 and <= 65_535 ? port : null;

    private static string? ReadLines(string[] lines, Dictionary<string, string> values)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            line = line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..].TrimStart() : line;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                return $"has a line {i + 1} that is not of the form NAME=value";
            }

            values[line[..equals].TrimEnd()] = Unquote(line[(equals + 1)..].Trim());
        }

        return null;
    }

    private static string Unquote(string value)
    {
        if (value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0])
        {
            return value[1..^1];
        }

        var comment = value.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? value : value[..comment].TrimEnd();
    }
}
