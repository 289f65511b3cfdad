using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Trading.Tools;

/// <summary>Reads numbers as people type them after an option.</summary>
internal static class NumberText
{
    /// <summary>The number of an option within its bounds. Anything else becomes an error of the command line.</summary>
    /// <param name="given">What was typed.</param>
    /// <param name="least">The least number allowed.</param>
    /// <param name="most">The greatest number allowed.</param>
    /// <param name="rule">What is allowed, in words that name the option.</param>
    public static T Read<T>(ArgumentResult given, T least, T most, string rule)
        where T : struct, INumber<T>
    {
        var text = given.Tokens is [var token] ? token.Value : "";
        if (
            T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
        )
        {
            return number;
        }

        given.AddError($"{rule}: not '{text}'.");
        return default;
    }
}
