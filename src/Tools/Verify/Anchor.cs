using System.Globalization;
using Trading.Domain.Logs;
using Trading.EventStore.Verification;

namespace Trading.Tools.Verify;

/// <summary>A head of the journal that somebody kept outside the database. Whoever rewrites history can make a new chain
/// that fits itself, but not one that fits this.</summary>
internal sealed record Anchor(Offset Offset, string Hash)
{
    private const int HashDigits = 64;

    /// <summary>Reads <c>offset:hash</c> as <c>verify</c> prints it.</summary>
    /// <exception cref="ToolException">Not of that form.</exception>
    public static Anchor Parse(string text) =>
        text.Split(':') is [var offset, var hash]
        && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && hash.Length == HashDigits
        && hash.All(char.IsAsciiHexDigit)
            ? new(new(value), hash.ToLowerInvariant())
            : throw new ToolException($"An anchor is offset:hash with {HashDigits} hex digits, as verify prints it.");

    /// <summary>What is wrong with the journal at the anchor; null when nothing is.</summary>
    public async Task<Finding?> CheckAsync(LogVerifier verifier, CancellationToken cancellation)
    {
        var link = await verifier.LinkAtAsync(Offset, cancellation);
        return
            link.Offset == Offset
            && string.Equals(Convert.ToHexStringLower(link.Hash.Span), Hash, StringComparison.Ordinal)
            ? null
            : new(
                FindingKind.BrokenChain,
                Offset,
                "The journal no longer contains the anchor: its past was rewritten or cut."
            );
    }
}
