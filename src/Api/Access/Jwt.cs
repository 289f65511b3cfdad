using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Trading.Api.Access;

/// <summary>A token taken apart but not yet believed.</summary>
internal sealed record Jwt(string Algorithm, string? KeyId, byte[] SignedPart, byte[] Signature, JsonElement Claims)
{
    /// <summary>Longest token that is looked at, in characters.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>The token's parts, or null when it is no compact JWS of reasonable size.</summary>
    public static Jwt? Parse(string token)
    {
        if (token.Length is 0 or > MaxLength || !Ascii.IsValid(token))
        {
            return null;
        }

        var first = token.IndexOf('.');
        var second = first < 0 ? -1 : token.IndexOf('.', first + 1);
        if (first <= 0 || second <= first + 1 || second == token.Length - 1 || token.IndexOf('.', second + 1) >= 0)
        {
            return null;
        }

        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(token.AsSpan(0, first)));
            using var claims = JsonDocument.Parse(
                Base64Url.DecodeFromChars(token.AsSpan(first + 1, second - first - 1))
            );
            if (
                header.RootElement.ValueKind != JsonValueKind.Object
                || claims.RootElement.ValueKind != JsonValueKind.Object
                || header.RootElement.TryGetProperty("crit", out _)
                || Text(header.RootElement, "alg") is not { } algorithm
            )
            {
                return null;
            }

            return new(
                algorithm,
                Text(header.RootElement, "kid"),
                Encoding.ASCII.GetBytes(token, 0, second),
                Base64Url.DecodeFromChars(token.AsSpan(second + 1)),
                claims.RootElement.Clone()
            );
        }
        catch (Exception wrong) when (wrong is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>A claim that is a text, otherwise null.</summary>
    public string? Text(string claim) => Text(Claims, claim);

    /// <summary>A claim that is a moment in Unix seconds, otherwise null.</summary>
    public DateTimeOffset? Moment(string claim) =>
        Claims.TryGetProperty(claim, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDecimal(out var seconds)
        && seconds is >= 0 and < 253_402_300_800m
            ? DateTimeOffset.UnixEpoch.AddMilliseconds((long)(seconds * 1_000))
            : null;

    /// <summary>True when <c>aud</c> is the audience or a list that has it.</summary>
    public bool IsFor(string audience) =>
        Claims.TryGetProperty("aud", out var value)
        && value.ValueKind switch
        {
            JsonValueKind.String => value.ValueEquals(audience),
            JsonValueKind.Array => value
                .EnumerateArray()
                .Any(entry => entry.ValueKind == JsonValueKind.String && entry.ValueEquals(audience)),
            _ => false,
        };

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
