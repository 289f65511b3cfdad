using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trading.EventStore.Verification;

/// <summary>All that somebody without the database needs in order to see that one event stands in the journal of a signed
/// anchor, unchanged and at its place: the event's own bytes, the rest of its batch, and the way from the batch to the anchor's
/// Merkle root. <see cref="ProofCheck"/> checks it; so can anybody with SHA-256.</summary>
public sealed record EventProof
{
    /// <summary>The only form there is.</summary>
    public const string Form = "trading-proof/1";

    /// <summary><see cref="Form"/>.</summary>
    public string Format { get; init; } = Form;

    /// <summary>Which event.</summary>
    public required long Offset { get; init; }

    /// <summary>Its place in its stream.</summary>
    public required long Version { get; init; }

    /// <summary>What the writer said, laid out as it is hashed: format 2 (1 byte), event id, correlation, causation (16 bytes
    /// each), occurred at in microseconds since 1970 (8 bytes, big endian), 0 or 1 and the user key's 32 bytes,
    /// stream and type (each its length in 2 bytes, then UTF-8), payload. Its SHA-256 is the event's digest.</summary>
    public required byte[] Content { get; init; }

    /// <summary>The commit it was part of.</summary>
    public required ProofBatch Batch { get; init; }

    /// <summary>From the batch's hash to the anchor's root.</summary>
    public required ProofPath Path { get; init; }

    /// <summary>As JSON: bytes are base64.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ProofJson.Default.EventProof);

    /// <summary>Reads JSON; null when it is not a proof.</summary>
    public static EventProof? FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ProofJson.Default.EventProof);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>One commit. Its hash is the SHA-256 of: the hash before it, its first offset, its number of events, the time it was
/// recorded (8 bytes each, big endian), and of each event its version (8 bytes, big endian) and digest (32 bytes).</summary>
public sealed record ProofBatch
{
    /// <summary>The hash of the batch before; 32 zero bytes for the first one.</summary>
    public required byte[] Previous { get; init; }

    /// <summary>The offset of its first event.</summary>
    public required long First { get; init; }

    /// <summary>Microseconds since 1970.</summary>
    public required long RecordedAt { get; init; }

    /// <summary>Version and digest of each of its events, 40 bytes each, in order, the proven one among them.</summary>
    public required byte[] Events { get; init; }
}

/// <summary>The way through the Merkle tree (RFC 9162, 2.1.3) over the hashes of the anchor's batches.</summary>
public sealed record ProofPath
{
    /// <summary>Which leaf the batch is, from 0.</summary>
    public required long Leaf { get; init; }

    /// <summary>How many leaves the tree has: the anchor's number of batches.</summary>
    public required long Leaves { get; init; }

    /// <summary>The offset up to which the tree reaches: the anchor's.</summary>
    public required long AnchorOffset { get; init; }

    /// <summary>The roots beside the way, from the leaf upwards: 32 bytes each.</summary>
    public required IReadOnlyList<byte[]> Beside { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(EventProof))]
internal sealed partial class ProofJson : JsonSerializerContext;
