using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Trading.Demo;

/// <summary>Signs the demo user's token, as the identity provider would.</summary>
internal static class DemoToken
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    /// <summary>A token for the demo user.</summary>
    public static string Sign(string secret, string issuer, string audience, DateTimeOffset now)
    {
        var header = """{"alg":"HS256","typ":"JWT"}""";
        var claims = $$"""
            {"iss":"{{issuer}}","sub":"{{DemoUser.Id}}","email":"{{DemoUser.Email}}","aud":"{{audience}}","role":"authenticated","iat":{{now.ToUnixTimeSeconds()}},"exp":{{(
                now + Life
            ).ToUnixTimeSeconds()}}}
            """;
        var text = $"{Encode(header)}.{Encode(claims)}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(text));
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
