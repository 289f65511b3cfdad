using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Trading.Api.Tests;

/// <summary>A key set as an issuer publishes it, in a file.</summary>
internal sealed class KeyFile : IDisposable
{
    public KeyFile(ECDsa elliptic, RSA rsa) => File.WriteAllText(Path, Json(elliptic, rsa));

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public static string Json(ECDsa elliptic, RSA rsa)
    {
        var point = elliptic.ExportParameters(includePrivateParameters: false).Q;
        var numbers = rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "OKP",
                    ["crv"] = "Ed25519",
                    ["x"] = "AAAA",
                },
                new JsonObject
                {
                    ["kty"] = "EC",
                    ["crv"] = "P-256",
                    ["alg"] = "ES256",
                    ["use"] = "sig",
                    ["kid"] = "the-elliptic-key",
                    ["x"] = Base64Url.EncodeToString(point.X),
                    ["y"] = Base64Url.EncodeToString(point.Y),
                },
                new JsonObject
                {
                    ["kty"] = "RSA",
                    ["alg"] = "RS256",
                    ["use"] = "sig",
                    ["kid"] = "the-rsa-key",
                    ["n"] = Base64Url.EncodeToString(numbers.Modulus),
                    ["e"] = Base64Url.EncodeToString(numbers.Exponent),
                }
            ),
        }.ToJsonString();
    }

    public void Dispose() => File.Delete(Path);
}
