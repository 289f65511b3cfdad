using System.Text.Json.Nodes;
using FluentAssertions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Api.Access;
using Xunit;

namespace Trading.Api.Tests;

public sealed class RoleTests
{
    private const string UserId = "23232323-2323-4323-8323-232323232323";
    private const string OperatorKey = "the-key-of-the-operators";
    private const string AuditorKey = "the-key-of-the-auditors";
    private const string MetricsKey = "the-key-of-the-scrapers";

    [Theory]
    [InlineData("""{"roles":["auditor"]}""", Roles.Auditor)]
    [InlineData("""{"roles":["operator"]}""", Roles.Operator)]
    [InlineData("""{"roles":["support","auditor","operator"]}""", Roles.Auditor | Roles.Operator)]
    [InlineData("""{"roles":[]}""", Roles.None)]
    [InlineData("""{"roles":["Auditor"," operator"]}""", Roles.None)]
    [InlineData("""{"roles":"auditor"}""", Roles.None)]
    [InlineData("""{"roles":["auditor",1]}""", Roles.None)]
    [InlineData("""{"roles":{"auditor":true}}""", Roles.None)]
    [InlineData("""{"role":"auditor"}""", Roles.None)]
    [InlineData("""["auditor"]""", Roles.None)]
    public async Task A_role_is_what_the_administrators_claim_says_to_the_letter(string metadata, Roles expected)
    {
        var claims = Tokens.Claims(UserId);
        claims["app_metadata"] = JsonNode.Parse(metadata);

        (await CheckAsync(claims)).User.Roles.Should().Be(expected);
    }

    [Theory]
    [InlineData("user_metadata", """{"roles":["auditor"]}""")]
    [InlineData("roles", """["auditor"]""")]
    public async Task What_a_user_can_write_gives_no_role(string claim, string value)
    {
        var claims = Tokens.Claims(UserId);
        claims[claim] = JsonNode.Parse(value);

        (await CheckAsync(claims)).User.Roles.Should().Be(Roles.None);
    }

    [Fact]
    public async Task A_list_of_roles_beyond_reason_gives_none()
    {
        var claims = Tokens.Claims(UserId);
        claims["app_metadata"] = new JsonObject
        {
            ["roles"] = new JsonArray([.. Enumerable.Repeat("auditor", 33).Select(one => (JsonNode)one)]),
        };

        (await CheckAsync(claims)).User.Roles.Should().Be(Roles.None);
    }

    [Theory]
    [InlineData(Roles.Auditor, "auditor", 200)]
    [InlineData(Roles.Auditor, "operator", 403)]
    [InlineData(Roles.Auditor | Roles.Operator, "operator", 200)]
    [InlineData(Roles.Auditor | Roles.Operator, "nothing", 403)]
    [InlineData(Roles.None, "nothing", 200)]
    public async Task A_token_opens_what_its_roles_allow(Roles anyOf, string role, int status)
    {
        var claims = Tokens.Claims(UserId);
        claims["app_metadata"] = new JsonObject { ["roles"] = new JsonArray(role) };
        var context = Context(anyOf);
        context.Request.Headers.Authorization = $"Bearer {Tokens.Signed(claims)}";

        (await PassAsync(context)).Should().Be(status);
    }

    [Theory]
    [InlineData(Roles.Auditor, AuditorKey, 200)]
    [InlineData(Roles.Operator, OperatorKey, 200)]
    [InlineData(Roles.Operator, AuditorKey, 403)]
    [InlineData(Roles.Auditor, "another-key", 401)]
    [InlineData(Roles.Operator | Roles.Monitor, MetricsKey, 200)]
    [InlineData(Roles.Operator | Roles.Monitor, AuditorKey, 403)]
    [InlineData(Roles.Auditor | Roles.Operator, MetricsKey, 401)]
    [InlineData(Roles.None, MetricsKey, 401)]
    public async Task A_key_opens_what_its_role_allows(Roles anyOf, string key, int status)
    {
        var context = Context(anyOf);
        context.Request.Headers["X-Api-Key"] = key;

        (await PassAsync(context)).Should().Be(status);
    }

    [Fact]
    public async Task Without_any_proof_nothing_opens() => (await PassAsync(Context(Roles.Auditor))).Should().Be(401);

    private static DefaultHttpContext Context(Roles anyOf)
    {
        var context = new DefaultHttpContext();
        context.Response.Body = new MemoryStream();
        context.SetEndpoint(new(null, new(new AccessRule(Caller.Identified, anyOf)), "an endpoint"));
        return context;
    }

    private static async Task<int> PassAsync(HttpContext context)
    {
        using var tokens = Verifier();
        var settings = Service.Settings("Host=nowhere") with
        {
            ApiKey = OperatorKey,
            AuditorKey = AuditorKey,
            MetricsKey = MetricsKey,
        };
        var gate = new Gate(
            _ => Task.CompletedTask,
            tokens,
            new(settings, NullLogger<RoleKeys>.Instance),
            new(0, TimeProvider.System),
            settings
        );
        await gate.InvokeAsync(context);
        return context.Response.StatusCode;
    }

    private static async Task<TokenCheck.Valid> CheckAsync(JsonObject claims)
    {
        using var verifier = Verifier();
        return (TokenCheck.Valid)await verifier.CheckAsync(Tokens.Signed(claims), CancellationToken.None);
    }

    private static TokenVerifier Verifier() =>
        new(
            new() { Secret = Tokens.Secret, Issuer = Tokens.Issuer },
            TimeProvider.System,
            NullLogger<TokenVerifier>.Instance
        );
}
