using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Api.Access;
using Trading.Api.Configuration;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>A token issuer that publishes its keys over HTTP, and can fail to.</summary>
public sealed class Issuer : IAsyncDisposable
{
    private readonly RSA _rsa = RSA.Create(2_048);
    private ECDsa _elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private string _ellipticId = "the-elliptic-key";
    private LocalServer? _server;
    private int _reads;

    public Uri Address => new(_server!.Address, "auth/v1/.well-known/jwks.json");

    public int Reads => Volatile.Read(ref _reads);

    public string? Trouble { get; set; }

    public static async Task<Issuer> StartAsync()
    {
        var issuer = new Issuer();
        issuer._server = await LocalServer.StartAsync(issuer.AnswerAsync);
        return issuer;
    }

    public void Rotate(string id)
    {
        _elliptic.Dispose();
        _elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _ellipticId = id;
    }

    public string Elliptic(string userId, TimeProvider? time = null, string? id = null) =>
        Tokens.Signed(
            Claims(userId, time),
            text => _elliptic.SignData(text, HashAlgorithmName.SHA256),
            "ES256",
            id ?? _ellipticId
        );

    public string Rivest(string userId, TimeProvider? time = null) =>
        Tokens.Signed(
            Claims(userId, time),
            text => _rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS256",
            "the-rsa-key"
        );

    private static System.Text.Json.Nodes.JsonObject Claims(string userId, TimeProvider? time)
    {
        var claims = Tokens.Claims(userId);
        var now = (time ?? TimeProvider.System).GetUtcNow();
        claims["iat"] = now.ToUnixTimeSeconds();
        claims["exp"] = now.AddHours(1).ToUnixTimeSeconds();
        // No two alike: a token seen before is not checked again.
        claims["jti"] = Guid.NewGuid().ToString();
        return claims;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _reads);
        switch (Trouble)
        {
            case null:
                await context.Response.WriteAsync(
                    KeyFile.Json(_elliptic, _rsa).Replace("the-elliptic-key", _ellipticId)
                );
                break;
            case "status":
                context.Response.StatusCode = 500;
                break;
            case "empty":
                await context.Response.WriteAsync("""{"keys":[]}""");
                break;
            case "odd":
                var set = JsonNode.Parse(KeyFile.Json(_elliptic, _rsa).Replace("the-elliptic-key", _ellipticId))!;
                set["keys"]!.AsArray().Insert(0, 5);
                set["keys"]!.AsArray().Insert(0, JsonNode.Parse("""{"kty":7,"kid":{}}"""));
                set["keys"]!.AsArray().Insert(0, JsonNode.Parse("""{"kty":"RSA","n":"!","e":"?"}"""));
                set["keys"]!.AsArray().Insert(0, JsonNode.Parse("""{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"""));
                await context.Response.WriteAsync(set.ToJsonString());
                break;
            case "list":
                await context.Response.WriteAsync("[]");
                break;
            case "bytes":
                await context.Response.Body.WriteAsync(new byte[] { 0xff, 0xfe, 0x00, 0x80 });
                break;
            case "huge":
                await context.Response.WriteAsync(new string(' ', 300_000));
                break;
            case "elsewhere":
                context.Response.Redirect("ftp://nowhere.invalid/keys");
                break;
            case { } label when label.Contains('/'):
                context.Response.ContentType = label;
                await context.Response.Body.WriteAsync(
                    Encoding.UTF8.GetBytes(KeyFile.Json(_elliptic, _rsa).Replace("the-elliptic-key", _ellipticId))
                );
                break;
            case "page":
                await context.Response.WriteAsync("<html>Down for maintenance</html>");
                break;
            default:
                context.Abort();
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _elliptic.Dispose();
        _rsa.Dispose();
    }
}

/// <summary>A service that believes an issuer's published keys.</summary>
public sealed class KeyReadingService : Service
{
    private Issuer? _issuer;

    public Issuer Issuer => _issuer ?? throw new InvalidOperationException("Not started");

    protected override async Task<ServiceSettings> SettingsAsync(ServiceSettings settings)
    {
        _issuer = await Issuer.StartAsync();
        _issuer.Trouble = "status";
        return settings with
        {
            Tokens = new() { KeySetUrl = _issuer.Address, Issuer = Tokens.Issuer },
        };
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Issuer.DisposeAsync();
    }
}

public sealed class IssuerTests
{
    private const string UserId = "23232323-2323-4323-8323-232323232323";

    [Fact]
    public async Task Tokens_are_undecided_until_the_keys_were_read_and_accepted_from_then_on()
    {
        var service = new KeyReadingService();
        await service.InitializeAsync();
        var issuer = service.Issuer;

        var undecided = await service.Bearing(issuer.Elliptic(UserId)).GetAsync("/account");
        await undecided.ShouldFailAsync(HttpStatusCode.ServiceUnavailable, "SERVICE_UNAVAILABLE");
        undecided.Headers.RetryAfter.Should().NotBeNull();
        undecided.Headers.WwwAuthenticate.Should().BeEmpty("the token may be good");

        issuer.Trouble = null;
        await Eventually.Be(async () => await StatusAsync(issuer.Elliptic(UserId)) == HttpStatusCode.NotFound);
        (await StatusAsync(issuer.Rivest(UserId))).Should().Be(HttpStatusCode.NotFound, "a user without an account");

        var reads = issuer.Reads;
        for (var i = 0; i < 20; i++)
        {
            (await StatusAsync(issuer.Elliptic(UserId, id: $"forged-{i}"))).Should().Be(HttpStatusCode.Unauthorized);
        }

        issuer.Reads.Should().Be(reads, "forged ids cause no storm");
        await service.DisposeAsync();

        async Task<HttpStatusCode> StatusAsync(string token) =>
            (await service.Bearing(token).GetAsync("/account")).StatusCode;
    }

    [Fact]
    public async Task An_unknown_key_is_looked_for_once_and_found()
    {
        await using var issuer = await Issuer.StartAsync();
        var clock = new FakeClock();
        using var verifier = Verifier(issuer, clock);
        await ShouldBeAsync<TokenCheck.Valid>(verifier, issuer.Elliptic(UserId, clock));
        var old = issuer.Elliptic(UserId, clock);
        issuer.Rotate("the-next-key");
        clock.Advance(TimeSpan.FromSeconds(31));

        await ShouldBeAsync<TokenCheck.Valid>(verifier, issuer.Elliptic(UserId, clock));
        await ShouldBeAsync<TokenCheck.Invalid>(verifier, old);
        await ShouldBeAsync<TokenCheck.Invalid>(verifier, issuer.Elliptic(UserId, clock, "no-such-key"));

        issuer.Reads.Should().Be(2);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("page")]
    [InlineData("cut")]
    [InlineData("empty")]
    [InlineData("list")]
    [InlineData("bytes")]
    [InlineData("huge")]
    [InlineData("elsewhere")]
    public async Task An_issuers_trouble_leaves_the_last_good_keys_in_use_for_an_hour(string trouble)
    {
        await using var issuer = await Issuer.StartAsync();
        var clock = new FakeClock();
        using var verifier = Verifier(issuer, clock);
        await ShouldBeAsync<TokenCheck.Valid>(verifier, issuer.Elliptic(UserId, clock));
        issuer.Trouble = trouble;

        clock.Advance(TimeSpan.FromMinutes(11));
        await ShouldBeAsync<TokenCheck.Valid>(verifier, issuer.Elliptic(UserId, clock));
        await ShouldBeAsync<TokenCheck.Valid>(verifier, issuer.Rivest(UserId, clock));
        issuer.Reads.Should().Be(2, "an outage is looked at every 30 s");
        clock.Advance(TimeSpan.FromMinutes(60));
        await ShouldBeAsync<TokenCheck.Undecided>(verifier, issuer.Rivest(UserId, clock));

        issuer.Trouble = null;
        clock.Advance(TimeSpan.FromSeconds(2));
        await ShouldBeAsync<TokenCheck.Valid>(verifier, issuer.Rivest(UserId, clock));
    }

    [Theory]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=\"nonsense\"")]
    [InlineData("text/html; charset=utf-16")]
    [InlineData("application/jwk-set+json; charset=")]
    public async Task Keys_are_read_as_utf_8_whatever_the_issuer_calls_them(string label)
    {
        var service = new KeyReadingService();
        await service.InitializeAsync();
        service.Issuer.Trouble = label;

        await Eventually.Be(async () => await StatusAsync(service.Issuer.Elliptic(UserId)) == HttpStatusCode.NotFound);
        (await StatusAsync(service.Issuer.Rivest(UserId))).Should().Be(HttpStatusCode.NotFound, "without an account");
        await service.DisposeAsync();

        async Task<HttpStatusCode> StatusAsync(string token)
        {
            var status = (await service.Bearing(token).GetAsync("/account")).StatusCode;
            status.Should().NotBe(HttpStatusCode.InternalServerError);
            return status;
        }
    }

    [Fact]
    public async Task One_bad_key_does_not_take_the_good_ones_away()
    {
        await using var issuer = await Issuer.StartAsync();
        issuer.Trouble = "odd";
        var clock = new FakeClock();
        using var verifier = Verifier(issuer, clock);

        await ShouldBeAsync<TokenCheck.Valid>(verifier, issuer.Elliptic(UserId, clock));
        await ShouldBeAsync<TokenCheck.Valid>(verifier, issuer.Rivest(UserId, clock));
    }

    [Fact]
    public async Task A_caller_who_leaves_does_not_spoil_the_reading_for_others()
    {
        await using var issuer = await Issuer.StartAsync();
        using var left = new CancellationTokenSource();
        var asked = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        using var http = new HttpClient();
        using var keys = new KeySet(
            async () =>
            {
                asked.TrySetResult();
                await goOn.Task;
                return await http.GetByteArrayAsync(issuer.Address);
            },
            new FakeClock(),
            NullLogger.Instance
        );

        var first = keys.FindAsync("ES256", "the-elliptic-key", left.Token).AsTask();
        await asked.Task;
        await left.CancelAsync();
        var second = keys.FindAsync("ES256", "the-elliptic-key", default).AsTask();
        goOn.SetResult();

        (await second).Should().ContainSingle();
        (await first).Should().ContainSingle("what was begun is finished");
        issuer.Reads.Should().Be(1);
    }

    private static async Task ShouldBeAsync<T>(TokenVerifier verifier, string token) =>
        (await verifier.CheckAsync(token, default)).Should().BeOfType<T>();

    private static TokenVerifier Verifier(Issuer issuer, TimeProvider time) =>
        new(new() { KeySetUrl = issuer.Address, Issuer = Tokens.Issuer }, time, NullLogger<TokenVerifier>.Instance);
}
