using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed class AuditTests(LiveService service)
{
    private const string Stranger = "56565656-5656-4656-8656-565656565656";
    private const string AuditorId = "57575757-5757-4757-8757-575757575757";

    private static readonly string Session = $"session-{LiveService.User1}";

    private IEventLog Journal => service.Running.Services.GetRequiredService<IEventLog>();

    [Fact]
    public async Task A_user_reads_their_own_events_and_no_others()
    {
        var page = await PageAsync(service.Trader(), "events?limit=1000&source=false");

        var events = page["events"]!.AsArray();
        events.Should().NotBeEmpty();
        events.Select(one => one!["stream"]!.GetValue<string>()).Should().AllBe(Session);
        events.Select(one => one!["user"]!.GetValue<string>()).Should().AllBe(LiveService.User1.Value);
        (await PageAsync(service.User(Stranger), "events"))["events"]!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task An_auditor_reads_all_in_the_order_of_the_journal()
    {
        var offsets = new List<long>();
        var after = 0L;
        while (true)
        {
            var page = await PageAsync(Auditor(), $"events?limit=7&upTo=40&after={after}");
            offsets.AddRange(page["events"]!.AsArray().Select(one => one!["offset"]!.GetValue<long>()));
            after = page["next"]!.GetValue<long>();
            if (!page["more"]!.GetValue<bool>())
            {
                break;
            }
        }

        offsets.Should().Equal(Enumerable.Range(1, offsets.Count).Select(one => (long)one));
        offsets.Count.Should().BeGreaterThan(7);
        after.Should().Be(offsets[^1]);
    }

    [Theory]
    [InlineData("events?stream=session-{0}", "STREAM_NOT_FOUND", "stream")]
    [InlineData("events?stream=session-nobody", "STREAM_NOT_FOUND", "stream")]
    [InlineData("streams/session-{0}", "STREAM_NOT_FOUND", "stream")]
    [InlineData("streams/session-nobody", "STREAM_NOT_FOUND", "stream")]
    public async Task What_is_not_theirs_looks_to_a_user_as_if_it_were_not_there(string path, string code, string field)
    {
        var query = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, LiveService.User1);
        var answer = await service.User(Stranger).GetAsync($"/api/v1/audit/{query}");

        await answer.ShouldFailAsync(HttpStatusCode.NotFound, code, field);
    }

    [Theory]
    [InlineData("events?after=-1", "after")]
    [InlineData("events?after=9000000000", "after")]
    [InlineData("events?upTo=x", "upTo")]
    [InlineData("events?from=yesterday", "from")]
    [InlineData("events?to=", "to")]
    [InlineData("events?limit=0", "limit")]
    [InlineData("events?limit=1001", "limit")]
    [InlineData("events?type=Nonsense", "type")]
    [InlineData("events?user=%20", "user")]
    [InlineData("streams/session-x?after=one", "after")]
    [InlineData("streams/session-x?limit=5000", "limit")]
    public async Task A_wrong_question_names_its_field(string path, string field) =>
        await (await Auditor().GetAsync($"/api/v1/audit/{path}")).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "VALIDATION_ERROR",
            field
        );

    [Theory]
    [InlineData("events?stream=session-%00", "STREAM_NOT_FOUND", "stream")]
    [InlineData("deals/1?account=%00", "DEAL_NOT_FOUND", "id")]
    public async Task What_no_name_can_hold_names_nothing(string path, string code, string field) =>
        await (await Auditor().GetAsync($"/api/v1/audit/{path}")).ShouldFailAsync(HttpStatusCode.NotFound, code, field);

    [Fact]
    public async Task All_of_time_may_be_asked_for()
    {
        var all = await (await Auditor().GetAsync("/api/v1/audit/events?from=0001-01-01&to=9999-12-31")).JsonAsync();
        var none = await (await Auditor().GetAsync("/api/v1/audit/events?to=0001-01-01")).JsonAsync();

        all["events"]!.AsArray().Should().NotBeEmpty();
        none["events"]!.AsArray().Should().BeEmpty();
    }

    [Theory]
    [InlineData("events")]
    [InlineData("streams/session-x")]
    public async Task Without_proof_nobody_reads(string path)
    {
        var answer = await service.Anonymous().GetAsync($"/api/v1/audit/{path}");

        await answer.ShouldFailAsync(HttpStatusCode.Unauthorized, "INVALID_JWT");
    }

    [Fact]
    public async Task Filters_leave_only_what_was_asked_for()
    {
        var byType = await PageAsync(Auditor(), "events?type=SessionStarted,trading.session.v1.SessionConnected");
        byType["events"]!
            .AsArray()
            .Select(one => one!["type"]!.GetValue<string>())
            .Distinct()
            .Should()
            .BeEquivalentTo("trading.session.v1.SessionStarted", "trading.session.v1.SessionConnected");

        var byUser = await PageAsync(Auditor(), $"events?user={LiveService.Email}");
        byUser["events"]!.AsArray().Select(one => one!["stream"]!.GetValue<string>()).Should().Contain(Session);
        byUser["events"]!
            .AsArray()
            .Select(one => one!["user"]!.GetValue<string>())
            .Should()
            .AllBe(LiveService.User1.Value);

        var byStream = await PageAsync(Auditor(), $"events?stream={Session}&after=1");
        byStream["events"]!.AsArray().Select(one => one!["stream"]!.GetValue<string>()).Should().AllBe(Session);
        byStream["events"]![0]!["offset"]!.GetValue<long>().Should().BeGreaterThan(1);
    }

    [Fact]
    public async Task A_range_of_time_holds_what_was_recorded_in_it()
    {
        var all = (await PageAsync(Auditor(), "events?limit=1000&source=false"))["events"]!.AsArray();
        var middle = all[all.Count / 2]!["recordedAt"]!.GetValue<DateTime>();
        // Arguments are in milliseconds, the journal's clock is finer.
        var moment = new DateTimeOffset(middle).ToUnixTimeMilliseconds();
        var cut = DateTimeOffset.FromUnixTimeMilliseconds(moment).UtcDateTime;

        var before = await PageAsync(Auditor(), $"events?to={moment}&limit=1000");
        var after = await PageAsync(Auditor(), $"events?from={moment}&limit=1000");

        Offsets(before).Should().Equal(Offsets(all, one => one < cut));
        Offsets(after).Should().StartWith(Offsets(all, one => one >= cut));
    }

    [Fact]
    public async Task Sealed_fields_show_as_sealed()
    {
        var page = await PageAsync(service.Trader(), "events?type=UserIdentified,CredentialsGranted");

        foreach (var one in page["events"]!.AsArray())
        {
            var data = one!["data"]!.AsObject();
            data.Where(field => field.Key.StartsWith("sealed", StringComparison.Ordinal))
                .Should()
                .NotBeEmpty()
                .And.OnlyContain(field => field.Value!.AsObject().ContainsKey("sealed"));
        }

        page.ToJsonString().Should().NotContainEquivalentOf(LiveService.Email).And.NotContain(LiveService.UserId);
    }

    [Fact]
    public async Task Lines_are_the_same_events_one_by_one()
    {
        using var client = Auditor();
        client.DefaultRequestHeaders.Add("Accept", "application/x-ndjson");

        var answer = await client.GetAsync("/api/v1/audit/events?upTo=25");

        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/x-ndjson");
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n');
        lines[^1].Should().BeEmpty();
        var page = await PageAsync(Auditor(), "events?upTo=25");
        lines[..^1]
            .Select(line => JsonNode.Parse(line)!.ToJsonString())
            .Should()
            .Equal(page["events"]!.AsArray().Select(one => one!.ToJsonString()));
    }

    [Fact]
    public async Task A_stream_is_read_page_by_page_through_its_versions()
    {
        var first = await PageAsync(service.Trader(), $"streams/{Session}?limit=3");
        Versions(first).Should().Equal(1, 2, 3);
        first["more"]!.GetValue<bool>().Should().BeTrue();

        var second = await PageAsync(service.Trader(), $"streams/{Session}?limit=3&after={first["next"]}");
        Versions(second).Should().Equal(4, 5, 6);
    }

    [Fact]
    public async Task What_an_auditor_reads_is_on_record_before_the_answer_comes()
    {
        var before = (await ReadsAsync($"audit-{UserKey.Of(AuditorId)}")).Count;

        var answer = await Auditor()
            .GetAsync("/api/v1/audit/events?type=BalanceChanged&user=Trader@example.com&after=3");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        var reads = await ReadsAsync($"audit-{UserKey.Of(AuditorId)}");
        reads.Should().HaveCount(before + 1);
        var (recorded, read) = reads[^1];
        read.Reader.Should().Be(UserKey.Of(AuditorId).Value);
        read.Roles.Should().Equal("auditor");
        read.Route.Should().Be("GET /api/v1/audit/events");
        read.Filters.Select(filter => (filter.Name, filter.Value))
            .Should()
            .Equal(("type", "trading.account.v1.BalanceChanged"), ("user", LiveService.User1.Value));
        read.AfterOffset.Should().Be(3);
        read.UpToOffset.Should().BePositive().And.BeLessThan(recorded.Offset.Value);
        var told = answer.Headers.GetValues("X-Correlation-Id").Single();
        recorded.CorrelationId.Should().Be(Guid.Parse(told));
    }

    [Fact]
    public async Task A_key_that_reads_is_on_record_as_the_key_of_its_role()
    {
        var before = (await ReadsAsync("audit-key:operator")).Count;

        (await service.Operator().GetAsync($"/api/v1/audit/streams/{Session}")).EnsureSuccessStatusCode();
        (await service.Operator().GetAsync("/api/v1/audit/streams/session-nobody"))
            .StatusCode.Should()
            .Be(HttpStatusCode.NotFound);

        var reads = await ReadsAsync("audit-key:operator");
        reads.Should().HaveCount(before + 2, "a question that found nothing was asked as well");
        reads[^1].Read.Filters.Single().Value.Should().Be("session-nobody");
    }

    [Fact]
    public async Task A_user_who_reads_their_own_leaves_no_trace()
    {
        await PageAsync(service.Trader(), "events");

        (await ReadsAsync($"audit-{LiveService.User1}")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_program_that_is_no_user_sees_no_users_doors()
    {
        var answer = await service.Bearing("not-a-token").GetAsync("/api/v1/audit/events");

        await answer.ShouldFailAsync(HttpStatusCode.Unauthorized, "INVALID_JWT");
    }

    private HttpClient Auditor()
    {
        var claims = Tokens.Claims(AuditorId);
        claims["app_metadata"] = new JsonObject { ["roles"] = new JsonArray("auditor") };
        return service.Bearing(Tokens.Signed(claims));
    }

    private static async Task<JsonNode> PageAsync(HttpClient client, string query)
    {
        var answer = await client.GetAsync($"/api/v1/audit/{query}");
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        client.Dispose();
        return await answer.JsonAsync();
    }

    private static IEnumerable<long> Offsets(JsonNode page) =>
        page["events"]!.AsArray().Select(one => one!["offset"]!.GetValue<long>());

    private static IEnumerable<long> Offsets(JsonArray events, Func<DateTime, bool> recordedAt) =>
        events
            .Where(one => recordedAt(one!["recordedAt"]!.GetValue<DateTime>()))
            .Select(one => one!["offset"]!.GetValue<long>());

    private static IEnumerable<long> Versions(JsonNode page) =>
        page["events"]!.AsArray().Select(one => one!["version"]!.GetValue<long>());

    private async Task<List<(RecordedEvent Recorded, AuditRead Read)>> ReadsAsync(string stream)
    {
        var reads = new List<(RecordedEvent, AuditRead)>();
        await foreach (var recorded in Journal.ReadStreamAsync(StreamName.Parse(stream), StreamVersion.None, default))
        {
            reads.Add((recorded, (AuditRead)recorded.Decode()));
        }

        return reads;
    }
}
