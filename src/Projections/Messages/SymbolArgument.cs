using Trading.Domain;

namespace Trading.Projections.Messages;

/// <summary>Reads a symbol as clients write it: EURUSD, eurusd, EUR_USD, EUR/USD.</summary>
public static class SymbolArgument
{
    private const int MaxLength = 40;

    /// <summary>The symbol's name, or null when the text cannot be one.</summary>
    public static SymbolName? Read(string? text)
    {
        if (text is not { Length: > 0 and <= MaxLength })
        {
            return null;
        }

        Span<char> name = stackalloc char[text.Length];
        var length = 0;
        foreach (var letter in text)
        {
            if (letter is '/' or '_')
            {
                continue;
            }

            // Brokers have names such as US 30 and suffixes such as .r, -F or #.
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '-' or '#' or '&' or '+' or ' '))
            {
                return null;
            }

            name[length++] = char.ToUpperInvariant(letter);
        }

        return length == 0 ? null : new(new string(name[..length]));
    }
}
