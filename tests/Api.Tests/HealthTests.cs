using System.Net;
using FluentAssertions;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedService.Name)]
public sealed class HealthTests(Service service)
{
    [Fact]
    public async Task Health_names_no_session_to_a_stranger()
    {
        var answer = await (await service.Anonymous().GetAsync("/health")).JsonAsync();

        answer["status"]!.GetValue<string>().Should().Be("ok");
        answer["uptime"]!.GetValue<double>().Should().BePositive();
        answer["activeSessions"]!.GetValue<int>().Should().Be(0);
        answer["timestamp"]!
            .GetValue<DateTimeOffset>()
            .Should()
            .BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1));
        answer.AsObject().ContainsKey("sessions").Should().BeFalse();
    }

    [Fact]
    public async Task Health_lists_sessions_for_the_holder_of_the_key()
    {
        var answer = await (await service.Operator().GetAsync("/health")).JsonAsync();

        answer["sessions"]!.AsArray().Should().BeEmpty();
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task A_running_service_is_live_and_ready(string path)
    {
        var answer = await service.Anonymous().GetAsync(path);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Headers.CacheControl!.NoStore.Should().BeTrue();
    }

    [Fact]
    public async Task Readiness_tells_how_each_projection_does()
    {
        var answer = await (await service.Operator().GetAsync("/health/ready")).JsonAsync();

        answer["projections"]!.AsArray().Should().Contain(one => one!["name"]!.GetValue<string>() == "accounts@1");
    }
}
