using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using FluentAssertions;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedService.Name)]
public sealed class ErrorTests(Service service)
{
    [Fact]
    public async Task An_unknown_path_is_not_found() =>
        await (await service.Anonymous().GetAsync("/no/such/place")).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "NOT_FOUND"
        );

    [Fact]
    public async Task A_wrong_method_is_told() =>
        await (await service.Anonymous().DeleteAsync("/account")).ShouldFailAsync(
            HttpStatusCode.MethodNotAllowed,
            "METHOD_NOT_ALLOWED"
        );

    [Fact]
    public async Task A_wrong_method_is_told_the_right_ones()
    {
        var answer = await service.Anonymous().DeleteAsync("/account");

        answer.Content.Headers.Allow.Should().BeEquivalentTo("GET", "HEAD");
    }

    [Theory]
    [InlineData("/health", HttpStatusCode.OK)]
    [InlineData("/health/ready", HttpStatusCode.OK)]
    [InlineData("/metrics", HttpStatusCode.OK)]
    [InlineData("/openapi/v1.json", HttpStatusCode.OK)]
    [InlineData("/api/sessions", HttpStatusCode.OK)]
    [InlineData("/ctrader/settings", HttpStatusCode.Unauthorized)]
    [InlineData("/ws", HttpStatusCode.UpgradeRequired)]
    [InlineData("/no/such/place", HttpStatusCode.NotFound)]
    public async Task Head_is_answered_as_get_is_without_the_body(string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);

        var answer = await service.Operator().SendAsync(request);

        answer.StatusCode.Should().Be(status);
        answer.Content.Headers.ContentType.Should().NotBeNull();
        (await answer.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Head_opens_no_socket()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/ws");
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==");

        var answer = await service.Operator().SendAsync(request);

        answer.StatusCode.Should().Be(HttpStatusCode.UpgradeRequired);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("{\"userId\":{}}")]
    [InlineData("")]
    public async Task Malformed_json_is_told(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        var answer = await service.Operator().PostAsync("/api/start-websocket", content);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await answer.JsonAsync())["code"]!.GetValue<string>().Should().BeOneOf("INVALID_JSON", "BAD_REQUEST");
    }

    [Fact]
    public async Task Another_media_type_is_refused()
    {
        using var content = new StringContent("userId=x", Encoding.UTF8, "application/x-www-form-urlencoded");

        await (await service.Operator().PostAsync("/api/start-websocket", content)).ShouldFailAsync(
            HttpStatusCode.UnsupportedMediaType,
            "UNSUPPORTED_MEDIA_TYPE"
        );
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate, gzip")]
    [InlineData("something-new")]
    public async Task A_coded_body_is_refused_and_told_what_is_taken(string coding)
    {
        using var zipped = new MemoryStream();
        await using (var zip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
        {
            await zip.WriteAsync("""{"userId":"nobody"}"""u8.ToArray());
        }

        using var content = new ByteArrayContent(zipped.ToArray());
        content.Headers.ContentType = new("application/json");
        content.Headers.Add("Content-Encoding", coding);

        var answer = await service.Operator().PostAsync("/api/start-websocket", content);

        await answer.ShouldFailAsync(HttpStatusCode.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE");
        answer.Headers.GetValues("Accept-Encoding").Should().Equal("identity");
    }

    [Fact]
    public async Task A_body_that_says_it_is_not_coded_is_taken()
    {
        using var content = JsonContent.Create(new { userId = "nobody" });
        content.Headers.Add("Content-Encoding", "identity");

        await (await service.Operator().PostAsync("/api/start-websocket", content)).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "USER_NOT_FOUND",
            "userId"
        );
    }

    [Theory]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/json; charset=UTF8")]
    [InlineData("application/json; charset=utf-7")]
    [InlineData("application/json; charset=nonsense")]
    public async Task Json_is_read_whatever_charset_it_is_said_to_be_in(string type)
    {
        using var content = new StringContent("""{"userId":"nobody"}""");
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        await (await service.Operator().PostAsync("/api/start-websocket", content)).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "USER_NOT_FOUND",
            "userId"
        );
    }

    [Theory]
    [InlineData("/api/v1/audit/events?source=maybe", "source")]
    [InlineData("/api/v1/audit/streams/session-x?source=", "source")]
    public async Task An_argument_of_another_kind_is_named(string path, string field) =>
        await (await service.Operator().GetAsync(path)).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "VALIDATION_ERROR",
            field
        );

    [Fact]
    public async Task A_huge_body_is_refused()
    {
        using var content = JsonContent.Create(new { userId = new string('x', 200_000) });

        await (await service.Operator().PostAsync("/api/start-websocket", content)).ShouldFailAsync(
            HttpStatusCode.RequestEntityTooLarge,
            "PAYLOAD_TOO_LARGE"
        );
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    public async Task A_missing_user_id_names_the_field(string? userId) =>
        await (await service.Operator().PostAsJsonAsync("/api/start-websocket", new { userId })).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "VALIDATION_ERROR",
            "userId"
        );

    [Theory]
    [InlineData("GET", "/api/sessions")]
    [InlineData("POST", "/api/start-websocket")]
    [InlineData("POST", "/api/stop-websocket")]
    [InlineData("GET", "/api/websocket-status/someone")]
    public async Task The_bridge_wants_its_key(string method, string path)
    {
        using var stranger = service.Anonymous();
        using var guesser = service.Bearing("another-key-than-the-right-one");
        using var user = service.User("33333333-3333-4333-8333-333333333333");

        // A user's token opens the doors to what is the user's own.
        HttpClient[] refused = path == "/api/sessions" ? [stranger, guesser, user] : [stranger, guesser];
        foreach (var client in refused)
        {
            using var request = new HttpRequestMessage(new(method), path);
            await (await client.SendAsync(request)).ShouldFailAsync(HttpStatusCode.Unauthorized, "INVALID_API_KEY");
        }
    }

    [Fact]
    public async Task The_key_of_the_bridge_may_stand_in_either_header()
    {
        (await service.Operator().GetAsync("/api/sessions")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await service.Bearing(Service.ApiKey).GetAsync("/api/sessions")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_plain_request_to_a_socket_is_told_to_upgrade() =>
        await (await service.Bearing(Service.ApiKey).GetAsync("/ws")).ShouldFailAsync(
            HttpStatusCode.UpgradeRequired,
            "UPGRADE_REQUIRED"
        );

    [Fact]
    public async Task The_callers_correlation_id_comes_back_when_it_is_reasonable()
    {
        using var client = service.Anonymous();
        client.DefaultRequestHeaders.Add("X-Correlation-Id", "order-4711");
        (await client.GetAsync("/health/live")).Headers.GetValues("X-Correlation-Id").Should().Equal("order-4711");

        using var content = new StringContent("{", Encoding.UTF8, "application/json");
        using var failing = service.Operator();
        failing.DefaultRequestHeaders.Add("X-Correlation-Id", "order-4712");
        (await failing.PostAsync("/api/start-websocket", content))
            .Headers.GetValues("X-Correlation-Id")
            .Should()
            .Equal("order-4712");

        using var rude = service.Anonymous();
        rude.DefaultRequestHeaders.TryAddWithoutValidation("X-Correlation-Id", "a b<script>");
        (await rude.GetAsync("/health/live")).Headers.GetValues("X-Correlation-Id").Should().NotContain("a b<script>");
    }
}
