using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Trading.Api.Access;

/// <summary>A key that knows the only algorithm it may be used with, so that no token can choose another one for it.
/// </summary>
internal abstract class VerificationKey(string algorithm, string? keyId)
{
    public string Algorithm { get; } = algorithm;

    public string? KeyId { get; } = keyId;

    public abstract bool Verify(ReadOnlySpan<byte> signedPart, ReadOnlySpan<byte> signature);

    /// <summary>The issuer's shared secret: HS256.</summary>
    public sealed class Shared(byte[] secret) : VerificationKey("HS256", null)
    {
        public override bool Verify(ReadOnlySpan<byte> signedPart, ReadOnlySpan<byte> signature)
        {
            Span<byte> expected = stackalloc byte[32];
            HMACSHA256.HashData(secret, signedPart, expected);
            return CryptographicOperations.FixedTimeEquals(expected, signature);
        }
    }

    /// <summary>A P-256 public key: ES256, signature r‖s.</summary>
    public sealed class Elliptic(string? keyId, ECDsa key) : VerificationKey("ES256", keyId)
    {
        public override bool Verify(ReadOnlySpan<byte> signedPart, ReadOnlySpan<byte> signature) =>
            signature.Length == 64 && key.VerifyData(signedPart, signature, HashAlgorithmName.SHA256);
    }

    /// <summary>An RSA public key of at least 2048 bits: RS256.</summary>
    public sealed class Rivest(string? keyId, RSA key) : VerificationKey("RS256", keyId)
    {
        public override bool Verify(ReadOnlySpan<byte> signedPart, ReadOnlySpan<byte> signature) =>
            key.VerifyData(signedPart, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <summary>The usable keys of a key set; entries of other kinds or uses are left out.</summary>
    /// <exception cref="JsonException">Not a key set.</exception>
    public static IReadOnlyList<VerificationKey> ReadSet(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(WithoutMark(utf8));
        if (
            document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("keys", out var entries)
            || entries.ValueKind != JsonValueKind.Array
        )
        {
            throw new JsonException("A key set has a list named keys.");
        }

        return [.. entries.EnumerateArray().Select(ReadKey).OfType<VerificationKey>()];
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> utf8) =>
        utf8.Span.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;

    private static VerificationKey? ReadKey(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object || (Text(entry, "use") ?? "sig") != "sig")
        {
            return null;
        }

        var keyId = Text(entry, "kid");
        try
        {
            switch (Text(entry, "kty"), Text(entry, "crv"), Text(entry, "alg"))
            {
                case ("EC", "P-256", null or "ES256"):
                    var curve = ECDsa.Create(
                        new ECParameters
                        {
                            Curve = ECCurve.NamedCurves.nistP256,
                            Q = new() { X = Bytes(entry, "x"), Y = Bytes(entry, "y") },
                        }
                    );
                    return new Elliptic(keyId, curve);
                case ("RSA", _, null or "RS256"):
                    var rsa = RSA.Create(
                        new RSAParameters { Modulus = Bytes(entry, "n"), Exponent = Bytes(entry, "e") }
                    );
                    if (rsa.KeySize >= 2_048)
                    {
                        return new Rivest(keyId, rsa);
                    }

                    rsa.Dispose();
                    return null;
                default:
                    return null;
            }
        }
        catch (Exception wrong) when (wrong is CryptographicException or FormatException or ArgumentException)
        {
            // One bad entry must not take the good ones away.
            return null;
        }
    }

    private static byte[] Bytes(JsonElement entry, string name) => Base64Url.DecodeFromChars(Text(entry, name) ?? "");

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
