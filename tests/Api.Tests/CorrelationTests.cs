using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed class CorrelationTests(LiveService service)
{
    private const string Header = "X-Correlation-Id";

    [Theory]
    [InlineData("31313131-3131-4131-8131-313131313131", "0b6d9f3e-5c1a-4e57-9a0e-0a1b2c3d4e5f")]
    [InlineData("32323232-3232-4232-8232-323232323232", "support-case:4711")]
    [InlineData("34343434-3434-4434-8434-343434343434", null)]
    public async Task What_a_request_causes_carries_its_id_into_the_journal(string id, string? given)
    {
        var user = UserKey.Of(id);
        await service.GrantAsync(user, id, null, "trader-2-access-token", ["5150712"]);
        await PostAsync("/api/stop-websocket", id, null);

        var told = await PostAsync("/api/start-websocket", id, given);

        if (given is not null)
        {
            told.Should().Be(given);
        }

        var expected = Guid.TryParse(told, out var same) ? same : EventId.Derived(told).Value;
        var started = await EventsAsync(user, "SessionStarted");
        started.Should().HaveCount(2);
        started[^1].CorrelationId.Should().Be(expected);
        started[0].CorrelationId.Should().NotBe(Guid.Empty).And.NotBe(expected);
        await PostAsync("/api/stop-websocket", id, null);
    }

    private async Task<string> PostAsync(string path, string user, string? correlation)
    {
        using var client = service.Operator();
        if (correlation is not null)
        {
            client.DefaultRequestHeaders.Add(Header, correlation);
        }

        var answer = await client.PostAsJsonAsync(path, new { userId = user });
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return answer.Headers.GetValues(Header).Single();
    }

    private async Task<List<RecordedEvent>> EventsAsync(UserKey user, string type)
    {
        var journal = service.Running.Services.GetRequiredService<IEventLog>();
        var events = new List<RecordedEvent>();
        await foreach (var recorded in journal.ReadStreamAsync(StreamName.Of("session", user.Value), new(0), default))
        {
            if (recorded.Decode().GetType().Name == type)
            {
                events.Add(recorded);
            }
        }

        return events;
    }
}
