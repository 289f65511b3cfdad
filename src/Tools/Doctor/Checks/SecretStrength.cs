using System.Text;

namespace Trading.Tools.Doctor.Checks;

/// <summary>A secret that can be guessed is none: too short, of few different characters, one that documentation shows, or
/// one that serves two purposes.</summary>
internal sealed class SecretStrength : ICheck
{
    private const int FewCharacters = 8;

    private static readonly (string Name, int LeastBytes)[] Secrets =
    [
        ("TRADING_API_KEY", 16),
        ("TRADING_AUDITOR_KEY", 16),
        ("SUPABASE_JWT_SECRET", 32),
    ];

    // As they stand in widely copied examples.
    private static readonly string[] Known =
    [
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "your-super-secret-jwt-token-with-at-least-32-characters-long",
        "your_api_key_here",
        "changeme",
        "change-me",
        "secret",
        "password",
    ];

    public string Name => "strength of secrets";

    public Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var given = Secrets
            .Select(secret => (secret.Name, secret.LeastBytes, Value: installation.Settings[secret.Name]))
            .Where(secret => secret.Value is not null)
            .ToList();
        var weak = given
            .Where(secret => IsWeak(secret.Value!, secret.LeastBytes))
            .Select(secret => secret.Name)
            .ToList();
        if (weak.Count > 0)
        {
            return Task.FromResult(
                Diagnosis.Fail(
                    $"Easily guessed: {string.Join(", ", weak)}.",
                    "Make new ones (openssl rand -hex 32) and give them to those who use them."
                )
            );
        }

        return Task.FromResult(
            given.Select(secret => secret.Value).Distinct(StringComparer.Ordinal).Count() < given.Count
                ? Diagnosis.Fail(
                    "One secret is used for several purposes: who has the one has the other.",
                    "Give each of TRADING_API_KEY, TRADING_AUDITOR_KEY and SUPABASE_JWT_SECRET a value of its own."
                )
                : Diagnosis.Ok($"{given.Count} looked at, none weak.")
        );
    }

    private static bool IsWeak(string secret, int leastBytes) =>
        Encoding.UTF8.GetByteCount(secret) < leastBytes
        || secret.Distinct().Count() < FewCharacters
        || Known.Contains(secret, StringComparer.OrdinalIgnoreCase);
}
