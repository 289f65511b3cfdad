namespace Trading.Api.Configuration;

/// <summary>Reads a <c>.env</c> file: <c>NAME=value</c> lines, optional <c>export</c>, comments that begin with #, single
/// or double quotes around a value.</summary>
public static class DotEnv
{
    /// <summary>The variables of a file's text. A later line wins over an earlier one.</summary>
    /// <exception cref="FormatException">A line that is no assignment; the message tells its number and never its content.
    /// </exception>
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line.StartsWith("export ", StringComparison.Ordinal))
            {
                line = line["export ".Length..].TrimStart();
            }

            var equals = line.IndexOf('=');
            if (equals <= 0)
            {
                throw new FormatException($"line {number} is not of the form NAME=value");
            }

            variables[line[..equals].TrimEnd()] = Unquote(line[(equals + 1)..].Trim());
        }

        return variables;
    }

    private static string Unquote(string value)
    {
        if (value.Length >= 2 && (value[0] is '"' or '\'') && value[^1] == value[0])
        {
            return value[1..^1];
        }

        var comment = value.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? value : value[..comment].TrimEnd();
    }
}
