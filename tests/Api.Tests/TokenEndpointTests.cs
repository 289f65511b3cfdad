using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Api.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>The broker's token endpoint as it may answer on a bad day.</summary>
public sealed class TokenEndpointTests
{
    private const string Good = """{"accessToken":"a","refreshToken":"r","expiresIn":60}""";

    [Theory]
    [InlineData(200, "application/json; charset=utf8", Good, typeof(TokenOutcome.Granted))]
    [InlineData(200, "text/html; charset=nonsense", Good, typeof(TokenOutcome.Granted))]
    [InlineData(
        200,
        "application/json; charset=utf8",
        """{"errorCode":"INVALID_GRANT"}""",
        typeof(TokenOutcome.Refused)
    )]
    [InlineData(400, "application/json", """{"error":"invalid_grant"}""", typeof(TokenOutcome.Refused))]
    [InlineData(200, "application/json", "[]", typeof(TokenOutcome.Refused))]
    [InlineData(200, "application/json; charset=utf8", "<html>", typeof(TokenOutcome.Unreachable))]
    [InlineData(200, "application/json", "", typeof(TokenOutcome.Unreachable))]
    [InlineData(503, "application/json", """{"error":"maintenance"}""", typeof(TokenOutcome.Unreachable))]
    [InlineData(302, "ftp://nowhere.invalid/", "", typeof(TokenOutcome.Unreachable))]
    [InlineData(0, "", "", typeof(TokenOutcome.Unreachable))]
    public async Task Whatever_it_answers_is_an_outcome(int status, string type, string body, Type outcome)
    {
        await using var broker = await LocalServer.StartAsync(async context =>
        {
            if (status == 0)
            {
                context.Abort();
                return;
            }

            context.Response.StatusCode = status;
            if (status == 302)
            {
                context.Response.Headers.Location = type;
                return;
            }

            context.Response.ContentType = type;
            await context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(body));
        });
        using var endpoint = new TokenEndpoint(
            new() { TokenUrl = broker.Address },
            new FakeClock(),
            NullLogger<TokenEndpoint>.Instance
        );

        (await endpoint.ExchangeAsync("code", "http://localhost/back", default)).Should().BeOfType(outcome);
    }
}
