using System.Security.Cryptography;
using System.Text;

namespace Trading.Api.Access;

/// <summary>The key that guards the bridge's endpoints.</summary>
public sealed class ApiKey(string key)
{
    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>True when the text is the key. Takes the same time whatever the text.</summary>
    public bool Matches(string? text) =>
        text is { Length: > 0 and <= 1_024 }
        && CryptographicOperations.FixedTimeEquals(_hash, SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
