namespace Trading.Domain.Ports;

/// <summary>Seals secrets and personal data with the user's own key, before they reach an event.</summary>
public interface ISecretSealer
{
    /// <summary>Seals a text. Two seals of one text differ.</summary>
    ValueTask<byte[]> SealAsync(UserKey user, string plaintext, CancellationToken cancellation);

    /// <summary>Opens what <see cref="SealAsync"/> made, or null when the user's key was destroyed or the bytes were
    /// tampered with or belong to another user.</summary>
    ValueTask<string?> OpenAsync(UserKey user, ReadOnlyMemory<byte> sealedBytes, CancellationToken cancellation);
}
