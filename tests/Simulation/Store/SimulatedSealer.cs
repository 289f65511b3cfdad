using System.Text;
using Trading.Domain;
using Trading.Domain.Ports;

namespace Trading.Simulation.Store;

/// <summary>Seals so that sealed can be told from clear, one user's from another's, and one seal from the next.</summary>
internal sealed class SimulatedSealer : ISecretSealer
{
    private int _seals;

    public ValueTask<byte[]> SealAsync(UserKey user, string plaintext, CancellationToken cancellation) =>
        new(Sealed(user, plaintext));

    public ValueTask<string?> OpenAsync(
        UserKey user,
        ReadOnlyMemory<byte> sealedBytes,
        CancellationToken cancellation
    ) => new(Open(user, sealedBytes.Span));

    public byte[] Sealed(UserKey user, string plaintext) =>
        Encoding.UTF8.GetBytes($"{user}:{++_seals}:{new string([.. plaintext.Reverse()])}");

    public static string? Open(UserKey user, ReadOnlySpan<byte> sealedBytes)
    {
        var parts = Encoding.UTF8.GetString(sealedBytes).Split(':', 3);
        return parts is [var owner, _, var text] && owner == user.Value ? new string([.. text.Reverse()]) : null;
    }
}
