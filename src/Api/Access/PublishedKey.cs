using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Trading.Api.Access;

/// <summary>A key of an issuer, with the only algorithm it may be used with, so that no token can choose another one for it:
/// P-256 for ES256, RSA of at least 2048 bits for RS256.</summary>
/// <param name="Algorithm">ES256 or RS256.</param>
/// <param name="Key">The key.</param>
internal sealed record PublishedKey(string Algorithm, JsonWebKey Key)
{
    private const int LeastBits = 2_048;

    /// <summary>Whether the key may have signed a token with this algorithm and key id.</summary>
    public bool Fits(string algorithm, string? keyId) =>
        Algorithm == algorithm && (keyId is null || Key.Kid is null || Key.Kid == keyId);

    /// <summary>The usable keys of a key set (RFC 7517), in UTF-8; entries of other kinds or uses are left out.</summary>
    /// <exception cref="JsonException">Not a key set.</exception>
    public static IReadOnlyList<PublishedKey> ReadSet(ReadOnlyMemory<byte> utf8)
    {
        var mark = Encoding.UTF8.Preamble;
        using var document = JsonDocument.Parse(utf8.Span.StartsWith(mark) ? utf8[mark.Length..] : utf8);
        return
            document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("keys", out var entries)
            && entries.ValueKind == JsonValueKind.Array
            ? [.. entries.EnumerateArray().Select(Read).OfType<PublishedKey>()]
            : throw new JsonException("A key set has a list named keys.");
    }

    private static PublishedKey? Read(JsonElement entry)
    {
        try
        {
            var key = new JsonWebKey(entry.GetRawText());
            var algorithm = (key.Kty, key.Crv) switch
            {
                (JsonWebAlgorithmsKeyTypes.EllipticCurve, JsonWebKeyECTypes.P256) => SecurityAlgorithms.EcdsaSha256,
                (JsonWebAlgorithmsKeyTypes.RSA, _) when key.KeySize >= LeastBits => SecurityAlgorithms.RsaSha256,
                _ => null,
            };
            return algorithm is not null && (key.Use ?? "sig") == "sig" && (key.Alg ?? algorithm) == algorithm
                ? new(algorithm, key)
                : null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or JsonException)
        {
            // One bad entry must not take the good ones away.
            return null;
        }
    }
}
