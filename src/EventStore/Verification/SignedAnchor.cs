using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Domain.Logs;
using Trading.EventStore.Records;

namespace Trading.EventStore.Verification;

/// <summary>An anchor as a file: what the journal was, and an ECDSA signature (P-256, SHA-256) over <see cref="LogAnchor.ToSign"/>
/// that a third party checks with the public key alone.</summary>
/// <param name="Anchor">What is signed.</param>
/// <param name="PublicKey">Of the signer, as a SubjectPublicKeyInfo. Says who claims to have signed; whether that is whom one
/// trusts is for the reader to know.</param>
/// <param name="Signature">r and s, 32 bytes each (IEEE P1363).</param>
public sealed record SignedAnchor(LogAnchor Anchor, ReadOnlyMemory<byte> PublicKey, ReadOnlyMemory<byte> Signature)
{
    private const string Form = "trading-anchor/1";
    private const string Algorithm = "ES256";
    private const int KeyIdBytes = 8;

    /// <summary>Names the signer: the first 8 bytes of the public key's SHA-256, in hex.</summary>
    public string KeyId => IdOf(PublicKey.Span);

    /// <summary>Signs an anchor.</summary>
    /// <param name="anchor">With log and root.</param>
    /// <param name="key">A private key on P-256.</param>
    public static SignedAnchor Sign(LogAnchor anchor, ECDsa key) =>
        new(anchor, key.ExportSubjectPublicKeyInfo(), key.SignData(anchor.ToSign(), HashAlgorithmName.SHA256));

    /// <summary>Whether the signature is right: made by the key that the file names, and by <paramref name="trusted"/> when
    /// one is given (a SubjectPublicKeyInfo).</summary>
    public bool IsSigned(ReadOnlyMemory<byte>? trusted = null)
    {
        if (trusted is { } key && !key.Span.SequenceEqual(PublicKey.Span))
        {
            return false;
        }

        using var signer = ECDsa.Create();
        try
        {
            signer.ImportSubjectPublicKeyInfo(PublicKey.Span, out _);
            return signer.VerifyData(Anchor.ToSign(), Signature.Span, HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The id of a public key, see <see cref="KeyId"/>.</summary>
    public static string IdOf(ReadOnlySpan<byte> publicKey) =>
        Convert.ToHexStringLower(SHA256.HashData(publicKey).AsSpan(0, KeyIdBytes));

    /// <summary>As JSON.</summary>
    public string ToJson() =>
        JsonSerializer.Serialize(
            new AnchorFile(
                Form,
                Convert.ToHexStringLower(Anchor.Log.Span),
                Anchor.Offset.Value,
                Convert.ToHexStringLower(Anchor.Hash.Span),
                Anchor.Batches,
                Convert.ToHexStringLower(Anchor.Root.Span),
                Anchor.RecordedAt,
                Anchor.AnchoredAt,
                Algorithm,
                KeyId,
                PublicKey.ToArray(),
                Signature.ToArray()
            ),
            AnchorJson.Default.AnchorFile
        );

    /// <summary>Reads JSON; null when it is not an anchor. Does not say that the signature is right.</summary>
    public static SignedAnchor? FromJson(string json)
    {
        try
        {
            return
                JsonSerializer.Deserialize(json, AnchorJson.Default.AnchorFile)
                    is { Format: Form, Algorithm: Algorithm } file
                ? new(
                    new()
                    {
                        Log = Convert.FromHexString(file.Log),
                        Offset = new Offset(file.Offset),
                        Hash = Convert.FromHexString(file.Hash),
                        Batches = file.Batches,
                        Root = Convert.FromHexString(file.Root),
                        RecordedAt = PostgresTime.Cut(file.RecordedAt),
                        AnchoredAt = PostgresTime.Cut(file.AnchoredAt),
                    },
                    file.PublicKey,
                    file.Signature
                )
                : null;
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            return null;
        }
    }
}

internal sealed record AnchorFile(
    string Format,
    string Log,
    long Offset,
    string Hash,
    long Batches,
    string Root,
    DateTimeOffset RecordedAt,
    DateTimeOffset AnchoredAt,
    string Algorithm,
    string KeyId,
    byte[] PublicKey,
    byte[] Signature
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(AnchorFile))]
internal sealed partial class AnchorJson : JsonSerializerContext;
