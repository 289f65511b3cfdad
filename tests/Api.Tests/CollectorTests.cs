using System.Collections.Concurrent;
using System.Text;
using FluentAssertions;
using Trading.Api.Configuration;
using Xunit;

namespace Trading.Api.Tests;

public sealed class CollectorTests
{
    /// <summary>A service that sends its metrics to a collector.</summary>
    private sealed class SendingService(Uri collector) : Service
    {
        protected override Task<ServiceSettings> SettingsAsync(ServiceSettings settings) =>
            Task.FromResult(settings with { OtlpEndpoint = collector });
    }

    [Theory]
    [InlineData("", "/v1/metrics")]
    [InlineData("otlp/of/us", "/otlp/of/us/v1/metrics")]
    public async Task Metrics_reach_the_collector_at_the_latest_when_the_service_stops(string root, string path)
    {
        var received = new ConcurrentQueue<(string Path, string? Type, string Text)>();
        await using var collector = await LocalServer.StartAsync(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.Enqueue(
                (context.Request.Path, context.Request.ContentType, Encoding.Latin1.GetString(body.ToArray()))
            );
        });
        var service = new SendingService(new(collector.Address, root));
        await service.InitializeAsync();

        await service.DisposeAsync();

        received.Should().NotBeEmpty();
        received.Should().OnlyContain(one => one.Path == path && one.Type == "application/x-protobuf");
        var all = string.Concat(received.Select(one => one.Text));
        all.Should().Contain("trading-api").And.Contain("http.server.request.duration").And.Contain("Trading.");
        all.Should().NotContain(Service.ApiKey);
    }
}
