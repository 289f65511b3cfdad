using System.Globalization;
using Trading.EventStore.Verification;

namespace Trading.Tools.Anchor;

/// <summary>An anchor as it is given to <c>verify</c>: a file that the verb <c>anchor</c> wrote, or <c>offset:hash</c>.</summary>
/// <param name="Anchor">What the journal must contain.</param>
/// <param name="Signed">The file's content; null for <c>offset:hash</c>.</param>
internal sealed record AnchorText(LogAnchor Anchor, SignedAnchor? Signed)
{
    private const int HashDigits = 64;

    /// <summary>Reads what was given.</summary>
    /// <exception cref="ToolException">Neither such a file nor of that form.</exception>
    public static AnchorText Parse(string text)
    {
        if (File.Exists(text))
        {
            return SignedAnchor.FromJson(File.ReadAllText(text)) is { } signed
                ? new(signed.Anchor, signed)
                : throw new ToolException($"{text} is not an anchor as the verb anchor writes it.");
        }

        return
            text.Split(':') is [var offset, var hash]
            && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && hash.Length == HashDigits
            && hash.All(char.IsAsciiHexDigit)
            ? new(LogAnchor.Of(new(value), Convert.FromHexString(hash)), null)
            : throw new ToolException(
                $"An anchor is a file that the verb anchor wrote, or offset:hash with {HashDigits} hex digits, as verify "
                    + $"prints it: '{text}' is neither."
            );
    }

    /// <summary>What is wrong with its signature; null when nothing is, or it bears none.</summary>
    /// <param name="trusted">The public key it must be signed with; null to believe the key that the file names.</param>
    public Finding? CheckSignature(byte[]? trusted) =>
        Signed is null || (trusted is null ? Signed.IsSigned() : Signed.IsSigned(trusted))
            ? null
            : new(
                FindingKind.ForgedAnchor,
                Anchor.Offset,
                $"The anchor at {Anchor.Offset} does not bear a right signature"
                    + (trusted is null ? "." : $" of key {SignedAnchor.IdOf(trusted)}.")
            );
}
