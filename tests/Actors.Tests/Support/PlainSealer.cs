using System.Text;
using Trading.Domain;
using Trading.Domain.Ports;

namespace Trading.Actors.Tests.Support;

/// <summary>Seals so that a test can tell sealed from clear, and one user's from another's.</summary>
internal sealed class PlainSealer : ISecretSealer
{
    public bool KeyDestroyed { get; set; }

    public ValueTask<byte[]> SealAsync(UserKey user, string plaintext, CancellationToken cancellation) =>
        new(Encoding.UTF8.GetBytes($"{user}:{new string([.. plaintext.Reverse()])}"));

    public ValueTask<string?> OpenAsync(UserKey user, ReadOnlyMemory<byte> sealedBytes, CancellationToken cancellation)
    {
        var text = Encoding.UTF8.GetString(sealedBytes.Span);
        return new(
            !KeyDestroyed && text.StartsWith($"{user}:", StringComparison.Ordinal)
                ? new string([.. text[(user.Value.Length + 1)..].Reverse()])
                : null
        );
    }
}
