using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>The read model of deals has set a user's stream aside, and the journal has the user's deals.</summary>
public sealed class DealSearchTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string Owner = "81818181-8181-4181-8181-818181818181";
    private const string Stranger = "82828282-8282-4282-8282-828282828282";
    private static readonly UserKey Key = UserKey.Of(Owner);

    public async Task InitializeAsync()
    {
        await AppendAsync(
            "poison",
            new DealExecuted
            {
                AccountId = "1",
                DealId = "poison",
                ExecutedAtMs = long.MaxValue,
            }
        );
        await AppendAsync(
            "good",
            new DealExecuted
            {
                AccountId = "1",
                DealId = "40017",
                OrderId = "7",
                Symbol = "EURUSD",
            }
        );
        await AppendAsync(
            "other",
            new DealExecuted
            {
                AccountId = "2",
                DealId = "40018",
                Symbol = "EURUSD",
            }
        );
        await AppendAsync(
            "another",
            new DealExecuted
            {
                AccountId = "3",
                DealId = "40018",
                Symbol = "EURUSD",
            }
        );
        await Eventually.Be(async () => (await ParkedAsync()).Contains(Key.Value));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("")]
    [InlineData("?account=1")]
    [InlineData("?user=" + Owner)]
    public async Task A_deal_of_a_parked_stream_is_found_in_the_journal(string query)
    {
        var answer = await service.Operator().GetAsync($"/api/v1/audit/deals/40017{query}");

        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var story = await answer.JsonAsync();
        story["user"]!.GetValue<string>().Should().Be(Key.Value);
        story["times"]!["projectedAt"].Should().BeNull();
        story["events"]!.AsArray().Should().NotBeEmpty();
        story["commit"]!["hash"]!.GetValue<string>().Should().HaveLength(64);
    }

    [Fact]
    public async Task Its_owner_finds_it_and_nobody_else_does()
    {
        (await service.User(Owner).GetAsync("/api/v1/audit/deals/40017")).StatusCode.Should().Be(HttpStatusCode.OK);
        await (await service.User(Stranger).GetAsync("/api/v1/audit/deals/40017")).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "DEAL_NOT_FOUND",
            "id"
        );
    }

    [Fact]
    public async Task Two_accounts_with_the_same_id_are_told_apart_by_the_account()
    {
        using var client = service.Operator();

        await (await client.GetAsync("/api/v1/audit/deals/40018")).ShouldFailAsync(
            HttpStatusCode.Conflict,
            "DEAL_AMBIGUOUS",
            "account"
        );
        (await (await client.GetAsync("/api/v1/audit/deals/40018?account=3")).JsonAsync())["accountId"]!
            .GetValue<string>()
            .Should()
            .Be("3");
    }

    [Theory]
    [InlineData("40019")]
    [InlineData("40017?account=2")]
    [InlineData("40017?user=" + Stranger)]
    public async Task What_the_journal_does_not_have_is_not_found(string query) =>
        await (await service.Operator().GetAsync($"/api/v1/audit/deals/{query}")).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "DEAL_NOT_FOUND",
            "id"
        );

    private async Task<string> ParkedAsync()
    {
        var all = await (await service.Operator().GetAsync("/api/v1/projections")).JsonAsync();
        JsonNode deals = all["projections"]!.AsArray().Single(one => one!["name"]!.GetValue<string>() == "deals")!;
        return deals["parked"]!.ToJsonString();
    }

    private async Task AppendAsync(string id, DealExecuted deal) =>
        await service
            .Running.Services.GetRequiredService<IEventLog>()
            .AppendAsync(
                new()
                {
                    Stream = StreamName.Of("session", Key.Value),
                    ExpectedVersion = null,
                    Events =
                    [
                        new()
                        {
                            Id = EventId.Derived($"{nameof(DealSearchTests)}/{id}"),
                            Payload = deal,
                            OccurredAt = DateTimeOffset.UnixEpoch,
                            CorrelationId = Guid.Empty,
                            CausationId = Guid.Empty,
                            User = Key,
                        },
                    ],
                },
                default
            );
}
