using System.Buffers.Text;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Api.Access;
using Trading.Api.Configuration;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedService.Name)]
public sealed class TokenTests(Service service)
{
    private const string UserId = "22222222-2222-4222-8222-222222222222";

    public static TheoryData<string, string> BadTokens =>
        new()
        {
            { "no token at all", "" },
            { "not three parts", "abc.def" },
            { "not base64", "a!.b!.c!" },
            { "another secret", Tokens.Signed(Tokens.Claims(UserId), secret: new string('x', 40)) },
            { "alg none", Tokens.Signed(Tokens.Claims(UserId), _ => [1], "none") },
            { "alg none without signature", Tokens.Signed(Tokens.Claims(UserId), _ => [], "none") },
            { "alg HS512", Tokens.Signed(Tokens.Claims(UserId), algorithm: "HS512") },
            { "expired", Tokens.For(UserId, life: TimeSpan.FromMinutes(-5)) },
            { "without end", Changed(claims => claims.Remove("exp")) },
            { "an end that is no moment", Changed(claims => claims["exp"] = "tomorrow") },
            { "an end that is a list", Changed(claims => claims["exp"] = new JsonArray(4_000_000_000)) },
            { "an end beyond all time", Changed(claims => claims["exp"] = -1) },
            { "issued in the future", Changed(claims => claims["iat"] = claims["exp"]!.DeepClone()) },
            { "a list as issuer", Changed(claims => claims["iss"] = new JsonArray(Tokens.Issuer)) },
            { "an issuer with a slash more", Changed(claims => claims["iss"] = Tokens.Issuer + "/") },
            { "an audience with a slash more", Changed(claims => claims["aud"] = "authenticated/") },
            { "an audience in other letters", Changed(claims => claims["aud"] = "Authenticated") },
            { "no audience", Changed(claims => claims.Remove("aud")) },
            { "a list as role", Changed(claims => claims["role"] = new JsonArray("authenticated")) },
            { "no role", Changed(claims => claims.Remove("role")) },
            { "a number as subject", Changed(claims => claims["sub"] = 42) },
            { "a signature cut short", Tokens.For(UserId)[..^4] },
            { "no signature", Tokens.For(UserId)[..(Tokens.For(UserId).LastIndexOf('.') + 1)] },
            { "five parts", Tokens.For(UserId) + ".a.b" },
            { "what it does not understand", Critical() },
            { "not yet", Changed(claims => claims["nbf"] = claims["exp"]!.DeepClone()) },
            { "another issuer", Changed(claims => claims["iss"] = "https://evil.example/auth/v1") },
            { "another audience", Changed(claims => claims["aud"] = "anon") },
            { "an audience list without us", Changed(claims => claims["aud"] = new JsonArray("a", "b")) },
            { "the anonymous role", Changed(claims => claims["role"] = "anon") },
            { "the service key", Changed(claims => claims["role"] = "service_role") },
            { "no subject", Changed(claims => claims.Remove("sub")) },
            { "a subject that is no UUID", Changed(claims => claims["sub"] = "trader@example.com") },
            { "too long", new string('a', 20_000) },
        };

    [Theory]
    [InlineData("trader@example.com", "The token's sub is not a UUID.")]
    [InlineData("42", "The token's sub is not a UUID.")]
    [InlineData("", "The token names no user: it has no sub.")]
    [InlineData(null, "The token names no user: it has no sub.")]
    public async Task A_subject_that_names_no_user_is_told_as_what_it_is(string? subject, string detail)
    {
        var token = Changed(claims => claims["sub"] = subject);

        var answer = await service.Bearing(token).GetAsync("/account");

        (await answer.JsonAsync())["detail"]!.GetValue<string>().Should().Be(detail);
        await answer.ShouldFailAsync(HttpStatusCode.Unauthorized, "INVALID_JWT");
    }

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task A_bad_token_is_refused_and_named_so(string what, string token)
    {
        using var client = service.Anonymous();
        if (token.Length > 0)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        var answer = await client.GetAsync("/account");

        await answer.ShouldFailAsync(HttpStatusCode.Unauthorized, "INVALID_JWT");
        answer.Headers.WwwAuthenticate.ToString().Should().StartWith("Bearer", what);
    }

    [Fact]
    public async Task A_good_token_is_let_through_as_its_user()
    {
        var answer = await service.User(UserId).GetAsync("/account");

        await answer.ShouldFailAsync(HttpStatusCode.NotFound, "NO_ACCOUNT");
    }

    [Fact]
    public async Task An_audience_list_with_us_is_fine()
    {
        using var client = service.Bearing(Changed(claims => claims["aud"] = new JsonArray("other", "authenticated")));

        (await client.GetAsync("/account")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_key_of_the_bridge_opens_no_users_door()
    {
        var answer = await service.Bearing(Service.ApiKey).GetAsync("/ctrader/settings");

        await answer.ShouldFailAsync(HttpStatusCode.Unauthorized, "INVALID_JWT");
        // An operator may look at accounts, on record, but is nobody with an account of their own.
        var account = await service.Bearing(Service.ApiKey).GetAsync("/account");
        await account.ShouldFailAsync(HttpStatusCode.BadRequest, "VALIDATION_ERROR", "user");
    }

    [Fact]
    public async Task A_token_in_the_query_is_no_credential_outside_a_web_socket()
    {
        var answer = await service.Anonymous().GetAsync($"/account?token={Tokens.For(UserId)}");

        await answer.ShouldFailAsync(HttpStatusCode.Unauthorized, "INVALID_JWT");
    }

    [Theory]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Digest username=\"proxy\"")]
    [InlineData("Negotiate abc")]
    [InlineData("Bearer")]
    public async Task An_authorization_of_another_scheme_is_no_token_and_the_socket_s_own_counts(string login)
    {
        void Login(ClientWebSocketOptions options) => options.SetRequestHeader("Authorization", login);
        var token = Tokens.For(UserId);

        await using var query = await SocketClient.ConnectAsync(service.Address, $"/ws?token={token}", options: Login);
        await query.AskAsync("""{"type":"ping"}""", "pong");
        await using var protocol = await SocketClient.ConnectAsync(
            service.Address,
            "/ws/account",
            options: options =>
            {
                Login(options);
                options.AddSubProtocol("bearer");
                options.AddSubProtocol(token);
            }
        );
        protocol.State.Should().Be(WebSocketState.Open);
        var stranger = () => SocketClient.ConnectAsync(service.Address, "/ws", options: Login);
        (await stranger.Should().ThrowAsync<HttpRequestException>())
            .Which.StatusCode.Should()
            .Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_key_of_the_bridge_is_found_beside_a_proxy_s_login()
    {
        using var client = service.Operator();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Basic dXNlcjpwYXNz");

        (await client.GetAsync("/api/sessions")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Published_keys_verify_what_they_signed()
    {
        using var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2_048);
        using var keys = new KeyFile(elliptic, rsa);
        using var verifier = Verifier(keys.Path);

        (await CheckAsync(verifier, SignedBy(elliptic))).Should().BeOfType<TokenCheck.Valid>();
        (await CheckAsync(verifier, SignedBy(rsa))).Should().BeOfType<TokenCheck.Valid>();
    }

    [Fact]
    public async Task A_published_key_is_never_taken_as_a_shared_secret()
    {
        using var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2_048);
        using var keys = new KeyFile(elliptic, rsa);
        using var verifier = Verifier(keys.Path);
        byte[][] secrets =
        [
            Encoding.UTF8.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()),
            rsa.ExportSubjectPublicKeyInfo(),
            Encoding.UTF8.GetBytes(await File.ReadAllTextAsync(keys.Path)),
        ];

        foreach (var secret in secrets)
        {
            var forged = Tokens.Signed(
                Tokens.Claims(UserId),
                text => HMACSHA256.HashData(secret, text),
                "HS256",
                "the-rsa-key"
            );
            (await CheckAsync(verifier, forged)).Should().BeOfType<TokenCheck.Invalid>();
        }
    }

    [Fact]
    public async Task A_key_verifies_no_other_algorithm_than_its_own()
    {
        using var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2_048);
        using var keys = new KeyFile(elliptic, rsa);
        using var verifier = Verifier(keys.Path);
        var crossed = Tokens.Signed(
            Tokens.Claims(UserId),
            text => rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "ES256",
            "the-rsa-key"
        );

        (await CheckAsync(verifier, crossed)).Should().BeOfType<TokenCheck.Invalid>();
    }

    [Fact]
    public async Task Keys_that_cannot_be_read_leave_the_question_open()
    {
        using var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var verifier = Verifier("/nowhere/keys.json");

        (await CheckAsync(verifier, SignedBy(elliptic))).Should().BeOfType<TokenCheck.Undecided>();
    }

    [Fact]
    public async Task A_rotated_key_is_found_after_a_pause_and_forged_ids_cause_no_storm()
    {
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2_048);
        var clock = new FakeClock();
        var reads = 0;
        var json = KeyFile.Json(first, rsa);
        using var keys = new KeySet(
            () =>
            {
                reads++;
                return Task.FromResult(Encoding.UTF8.GetBytes(json));
            },
            clock,
            NullLogger.Instance
        );

        (await keys.FindAsync("ES256", "the-elliptic-key", default)).Should().ContainSingle();
        for (var i = 0; i < 100; i++)
        {
            (await keys.FindAsync("ES256", $"forged-{i}", default)).Should().BeEmpty();
        }

        reads.Should().Be(1);
        json = KeyFile.Json(second, rsa).Replace("the-elliptic-key", "the-next-key");
        clock.Advance(TimeSpan.FromSeconds(31));
        (await keys.FindAsync("ES256", "the-next-key", default)).Should().ContainSingle();
        reads.Should().Be(2);
    }

    [Fact]
    public async Task A_token_that_was_good_is_refused_once_it_has_ended()
    {
        var clock = new FakeClock();
        using var verifier = new TokenVerifier(
            new() { Secret = Tokens.Secret, Issuer = Tokens.Issuer },
            clock,
            NullLogger<TokenVerifier>.Instance
        );
        var claims = Tokens.Claims(UserId);
        claims["iat"] = clock.GetUtcNow().ToUnixTimeSeconds();
        claims["exp"] = clock.GetUtcNow().AddMinutes(3).ToUnixTimeSeconds();
        var token = Tokens.Signed(claims);

        (await CheckAsync(verifier, token)).Should().BeOfType<TokenCheck.Valid>();
        (await CheckAsync(verifier, token)).Should().BeOfType<TokenCheck.Valid>();
        clock.Advance(TimeSpan.FromMinutes(4));
        (await CheckAsync(verifier, token)).Should().BeOfType<TokenCheck.Invalid>();
    }

    // A token that says its reader must understand something (RFC 7515 §4.1.11).
    private static string Critical()
    {
        var header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT","crit":["exp"]}"""u8);
        var text = $"{header}.{Tokens.For(UserId).Split('.')[1]}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Tokens.Secret), Encoding.ASCII.GetBytes(text));
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Changed(Action<JsonObject> change)
    {
        var claims = Tokens.Claims(UserId);
        change(claims);
        return Tokens.Signed(claims);
    }

    private static ValueTask<TokenCheck> CheckAsync(TokenVerifier verifier, string token) =>
        verifier.CheckAsync(token, CancellationToken.None);

    private static TokenVerifier Verifier(string path) =>
        new(
            new TokenIssuerSettings { KeySetFile = path, Issuer = Tokens.Issuer },
            TimeProvider.System,
            NullLogger<TokenVerifier>.Instance
        );

    private static string SignedBy(ECDsa key) =>
        Tokens.Signed(
            Tokens.Claims(UserId),
            text => key.SignData(text, HashAlgorithmName.SHA256),
            "ES256",
            "the-elliptic-key"
        );

    private static string SignedBy(RSA key) =>
        Tokens.Signed(
            Tokens.Claims(UserId),
            text => key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS256",
            "the-rsa-key"
        );
}
