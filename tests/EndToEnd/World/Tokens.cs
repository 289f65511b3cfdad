using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Trading.EndToEnd.World;

/// <summary>Signs users' tokens as their identity provider would.</summary>
internal static class Tokens
{
    public const string Secret = "end-to-end-secret-of-at-least-32-bytes";
    public const string Project = "https://project.supabase.test";

    /// <summary>A token that is good for an hour.</summary>
    public static string Of(Guid user, string email, DateTimeOffset now)
    {
        var head = Encode(JsonSerializer.SerializeToUtf8Bytes(new { alg = "HS256", typ = "JWT" }));
        var body = Encode(
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    iss = $"{Project}/auth/v1",
                    sub = user,
                    aud = "authenticated",
                    role = "authenticated",
                    email,
                    iat = now.ToUnixTimeSeconds(),
                    exp = now.AddHours(1).ToUnixTimeSeconds(),
                }
            )
        );
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes($"{head}.{body}"));
        return $"{head}.{body}.{Encode(signature)}";
    }

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
