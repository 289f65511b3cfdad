using Trading.Domain.Logs;
using Trading.EventStore.Verification;
using Trading.Tools.Anchor;

namespace Trading.Tools.Verify;

/// <summary>What became of one anchor.</summary>
/// <param name="Offset">The last event that it covers.</param>
/// <param name="Contained">The journal still holds exactly what it says.</param>
/// <param name="Signer">The id of the key that signed it; null when it bears no right signature, or none at all.</param>
/// <param name="Trusted">The signer is the one that was given with <c>--public-key</c>; null when none was given.</param>
/// <param name="AnchoredAt">When it was made; null when it does not say.</param>
internal sealed record AnchorVerdict(
    Offset Offset,
    bool Contained,
    string? Signer,
    bool? Trusted,
    DateTimeOffset? AnchoredAt
)
{
    /// <summary>Of an anchor, after the journal was read.</summary>
    /// <param name="anchor">Which.</param>
    /// <param name="findings">All that is wrong with the journal.</param>
    /// <param name="trusted">The public key that it must be signed with; null for whichever it names.</param>
    public static AnchorVerdict Of(AnchorText anchor, IReadOnlyCollection<Finding> findings, byte[]? trusted)
    {
        var isSigned = anchor.Signed is not null && anchor.CheckSignature(trusted) is null;
        return new(
            anchor.Anchor.Offset,
            // What is wrong at or before it concerns it, whatever the hash beside its offset says.
            !findings.Any(finding =>
                finding.Kind != FindingKind.ForgedAnchor && finding.Offset <= anchor.Anchor.Offset
            ),
            isSigned ? anchor.Signed!.KeyId : null,
            anchor.Signed is null || trusted is null ? null : isSigned,
            anchor.Signed?.Anchor.AnchoredAt
        );
    }

    /// <summary>In words.</summary>
    public string Words()
    {
        var held = Contained ? "the journal holds what it says" : "the journal does NOT hold what it says";
        var signed = (Signer, Trusted, AnchoredAt) switch
        {
            (null, _, null) => "it bears no signature",
            (null, _, _) => "its signature is NOT right",
            ({ } key, true, _) => $"signed by key {key}, the one given",
            ({ } key, _, _) =>
                $"signed by key {key}, which the file itself names (hold it against yours with --public-key)",
        };
        return $"anchor at offset {Offset}{(AnchoredAt is { } at ? $" of {at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z" : "")}: {held}; {signed}.";
    }
}
