using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;

namespace Trading.Api.Tests;

/// <summary>Reads answers.</summary>
public static class Answers
{
    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage answer) =>
        JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

    public static async Task ShouldFailAsync(
        this HttpResponseMessage answer,
        HttpStatusCode status,
        string code,
        string? field = null
    )
    {
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.Should().Be(status, text);
        answer.Content.Headers.ContentType?.MediaType.Should().Be("application/json");
        var error = JsonNode.Parse(text)!.AsObject();
        error["code"]!.GetValue<string>().Should().Be(code);
        error["detail"]!.GetValue<string>().Should().NotBeNullOrWhiteSpace();
        error["field"]?.GetValue<string>().Should().Be(field);
        error.Count.Should().Be(field is null ? 2 : 3);
    }
}
