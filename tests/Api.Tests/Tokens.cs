using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trading.Api.Tests;

/// <summary>Makes tokens, good and bad ones.</summary>
public static class Tokens
{
    public const string Secret = "a-secret-of-the-tests-that-is-long-enough-0123456789";
    public const string Issuer = "https://project.supabase.co/auth/v1";

    public static string For(string userId, string? email = null, TimeSpan? life = null) =>
        Signed(Claims(userId, email, life));

    public static JsonObject Claims(string userId, string? email = null, TimeSpan? life = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new()
        {
            ["iss"] = Issuer,
            ["sub"] = userId,
            ["aud"] = "authenticated",
            ["role"] = "authenticated",
            ["email"] = email ?? "",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + (life ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds(),
        };
    }

    public static string Signed(JsonObject claims, string secret = Secret, string algorithm = "HS256") =>
        Signed(claims, bytes => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes), algorithm);

    public static string Signed(JsonObject claims, Func<byte[], byte[]> sign, string algorithm, string? keyId = null)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (keyId is not null)
        {
            header["kid"] = keyId;
        }

        var text = $"{Encode(header)}.{Encode(claims)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Encode(JsonObject json) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString(JsonSerializerOptions.Default)));
}
