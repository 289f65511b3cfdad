using System.Text;

namespace Trading.Configuration;

/// <summary>The lines of a <c>.env</c> file: <c>NAME=value</c>, optionally after <c>export</c>; blank lines and lines that
/// begin with # are remarks, and so is what follows a # after white space behind a value.</summary>
/// <remarks>
/// A value may stand in quotes, which are no part of it. In double quotes <c>\n \r \t \" \\ \$</c> mean what they mean in a
/// shell's <c>$'…'</c>, any other backslash is itself; in single quotes everything is itself. A value ends with its line.
/// Nothing is substituted.
/// </remarks>
public static class DotEnv
{
    private const string Form = "is not of the form NAME=value";

    /// <summary>The variables of a file's text. A later line wins over an earlier one; one without a value is empty.</summary>
    /// <exception cref="FormatException">A line that is no assignment; the message tells its number and never its content.
    /// </exception>
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                var (name, value) = Assignment(line, number);
                variables[name] = value;
            }
        }

        return variables;
    }

    private static (string Name, string Value) Assignment(string line, int number)
    {
        if (line.Any(one => char.IsControl(one) && one != '\t'))
        {
            throw Wrong(number, "is not text");
        }

        const string export = "export";
        if (
            line.StartsWith(export, StringComparison.Ordinal)
            && line.Length > export.Length
            && IsBlank(line[export.Length])
        )
        {
            line = line[export.Length..].TrimStart();
        }

        var equals = line.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? "" : line[..equals].TrimEnd();
        if (!IsName(name))
        {
            throw Wrong(number, Form);
        }

        var value = line[(equals + 1)..];
        return (name, value.TrimStart() is ['"' or '\'', ..] quoted ? Quoted(quoted, number) : Bare(value));
    }

    private static bool IsName(string name) =>
        name.Length > 0
        && !char.IsAsciiDigit(name[0])
        && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '_' or '.' or '-');

    // A # begins a remark only after white space: it may be a part of a password.
    private static string Bare(string value)
    {
        for (var i = 1; i < value.Length; i++)
        {
            if (value[i] == '#' && IsBlank(value[i - 1]))
            {
                return value[..i].Trim();
            }
        }

        return value.Trim();
    }

    private static string Quoted(string text, int number)
    {
        var quote = text[0];
        var value = new StringBuilder(text.Length);
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                return text[(i + 1)..].TrimStart() is "" or ['#', ..]
                    ? value.ToString()
                    : throw Wrong(number, "has something behind the closing quote that is no remark");
            }

            if (quote == '"' && text[i] == '\\' && i + 1 < text.Length && Escaped(text[i + 1]) is { } meant)
            {
                value.Append(meant);
                i++;
            }
            else
            {
                value.Append(text[i]);
            }
        }

        throw Wrong(number, "has a quote that is not closed");
    }

    private static char? Escaped(char letter) =>
        letter switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '"' or '\\' or '$' => letter,
            _ => null,
        };

    private static bool IsBlank(char one) => one is ' ' or '\t';

    private static FormatException Wrong(int number, string what) => new($"line {number} {what}");
}
