using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore.Verification;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>A service of its own, whose journal is made long, blocked and refused. Alone in the process: the memory that a long
/// journal takes would be counted by others who count.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AuditRecordTests(Service service) : IClassFixture<Service>
{
    public const string Name = "a long journal";

    private const string Owner = "71717171-7171-4171-8171-717171717171";
    private const string Stranger = "72727272-7272-4272-8272-727272727272";

    private static readonly UserKey OwnersKey = UserKey.Of(Owner);

    private IEventLog Journal => service.Running.Services.GetRequiredService<IEventLog>();

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    public async Task Nothing_is_shown_before_the_read_is_on_record(string form)
    {
        await AppendAsync(1, 0);
        await using var blocker = new NpgsqlConnection(service.Database.ConnectionString);
        await blocker.OpenAsync();
        await using var transaction = await blocker.BeginTransactionAsync();
        // Every append waits for this row.
        await RunAsync(blocker, "SELECT FROM eventstore.journal_lock FOR UPDATE");
        using var auditor = service.Operator();
        auditor.DefaultRequestHeaders.Add("Accept", form);

        var asked = auditor.GetAsync("/api/v1/audit/events", HttpCompletionOption.ResponseHeadersRead);

        await Eventually.Be(async () => await IsAppendWaitingAsync());
        asked.IsCompleted.Should().BeFalse();
        (await service.User(Owner).GetAsync("/api/v1/audit/events")).StatusCode.Should().Be(HttpStatusCode.OK);
        asked.IsCompleted.Should().BeFalse("it is still not on record");
        await transaction.RollbackAsync();
        var answer = await asked;
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).Should().Contain("BalanceChanged");
    }

    [Theory]
    [InlineData("/api/v1/audit/events")]
    [InlineData("/api/v1/audit/streams/session-{0}")]
    [InlineData("/api/v1/audit/proof?offset=1")]
    [InlineData("/api/v1/audit/deals/1")]
    [InlineData("/api/sessions")]
    [InlineData("/api/websocket-status/{0}")]
    public async Task A_read_that_cannot_be_recorded_shows_nothing(string path)
    {
        await AppendAsync(1, 0);
        await using var owner = new NpgsqlConnection(service.Database.ConnectionString);
        await owner.OpenAsync();
        await RunAsync(owner, "REVOKE EXECUTE ON FUNCTION eventstore.journal_append FROM trading_app");
        try
        {
            var query = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, OwnersKey);
            var answer = await service.Operator().GetAsync(query);

            ((int)answer.StatusCode).Should().BeGreaterThanOrEqualTo(500);
            var body = (await answer.JsonAsync()).AsObject();
            body.Select(field => field.Key).Should().Equal("detail", "code");
        }
        finally
        {
            await RunAsync(owner, "GRANT EXECUTE ON FUNCTION eventstore.journal_append TO trading_app");
        }
    }

    [Fact]
    public async Task A_client_that_does_not_read_costs_a_buffer_and_not_the_journal()
    {
        const int events = 110_000;
        await AppendAsync(events, 600);
        using var auditor = service.Operator();
        auditor.DefaultRequestHeaders.Add("Accept", "application/x-ndjson");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        const string path = "/api/v1/audit/events?type=BalanceChanged";
        using var unread = await auditor.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        // By the time another client has read all of it, the service could have piled up all of it for this one.
        using (var read = await auditor.GetAsync(path, HttpCompletionOption.ResponseHeadersRead))
        {
            (await ReadLinesAsync(read)).Count.Should().BeGreaterThanOrEqualTo(events);
        }

        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(48L << 20);

        var (count, bytes) = await ReadLinesAsync(unread);
        count.Should().BeGreaterThanOrEqualTo(events);
        bytes.Should().BeGreaterThan(100L << 20, "otherwise the bound above says nothing");

        // A filter that nothing passes ends a page after a while, and the next one goes on.
        var page = await PageAsync(service.Operator(), "events?type=SessionFailed");
        page["events"]!.AsArray().Should().BeEmpty();
        page["more"]!.GetValue<bool>().Should().BeTrue();
        page["next"]!.GetValue<long>().Should().Be(100_000);
        page = await PageAsync(service.Operator(), "events?type=SessionFailed&after=100000");
        page["more"]!.GetValue<bool>().Should().BeFalse();
    }

    [Fact]
    public async Task A_client_that_opens_many_streams_and_reads_none_gets_few_and_others_are_served()
    {
        // More than the buffers of two kernels take in.
        await AppendAsync(30_000, 600);
        using var greedy = service.Operator();
        greedy.DefaultRequestHeaders.Add("Accept", "application/x-ndjson");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var open = new List<HttpResponseMessage>();
        for (var i = 0; i < 50; i++)
        {
            open.Add(await greedy.GetAsync("/api/v1/audit/events", HttpCompletionOption.ResponseHeadersRead));
        }

        open.Count(one => one.StatusCode == HttpStatusCode.OK).Should().Be(6);
        await open[^1].ShouldFailAsync(HttpStatusCode.TooManyRequests, "TOO_MANY_STREAMS");
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(128L << 20);
        using var other = service.User(Stranger);
        await AppendAsync(1, 0);
        (await other.GetAsync("/api/v1/audit/events")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await PageAsync(service.Operator(), "events"))["events"]!.AsArray().Should().NotBeEmpty();

        open.ForEach(one => one.Dispose());

        await Eventually.Be(async () =>
        {
            using var again = await greedy.GetAsync("/api/v1/audit/events", HttpCompletionOption.ResponseHeadersRead);
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    private static async Task<(int Count, long Bytes)> ReadLinesAsync(HttpResponseMessage answer)
    {
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var (count, last, bytes) = (0, 0L, 0L);
        while (await lines.ReadLineAsync() is { } line)
        {
            count++;
            bytes += line.Length;
            var offset = long.Parse(
                line[10..line.IndexOf(',', StringComparison.Ordinal)],
                System.Globalization.CultureInfo.InvariantCulture
            );
            offset.Should().BeGreaterThan(last);
            last = offset;
        }

        return (count, bytes);
    }

    [Fact]
    public async Task A_proof_convinces_somebody_who_has_the_anchor_alone()
    {
        var offset = await AppendAsync(3, 10);
        var anchor = await new LogVerifier(NpgsqlDataSource.Create(service.Database.ConnectionString)).AnchorAsync(
            TimeProvider.System.GetUtcNow()
        );
        await AppendAsync(1, 0);

        var answer = await service.User(Owner).GetAsync($"/api/v1/audit/proof?offset={offset}&anchor={anchor.Offset}");

        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        var proof = EventProof.FromJson(await answer.Content.ReadAsStringAsync());
        ProofCheck
            .Check(proof!, anchor)
            .Should()
            .BeOfType<ProofVerdict.Proven>()
            .Which.Event.Decode()
            .Should()
            .BeOfType<BalanceChanged>();
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest, "VALIDATION_ERROR", "offset")]
    [InlineData("offset=x", HttpStatusCode.BadRequest, "VALIDATION_ERROR", "offset")]
    [InlineData("offset=0", HttpStatusCode.NotFound, "EVENT_NOT_FOUND", "offset")]
    [InlineData("offset=900000000", HttpStatusCode.NotFound, "EVENT_NOT_FOUND", "offset")]
    [InlineData("offset=1&anchor=x", HttpStatusCode.BadRequest, "VALIDATION_ERROR", "anchor")]
    [InlineData("offset=1&anchor=900000000", HttpStatusCode.BadRequest, "VALIDATION_ERROR", "anchor")]
    public async Task A_proof_that_cannot_be_is_refused_by_name(
        string query,
        HttpStatusCode status,
        string code,
        string field
    )
    {
        await AppendAsync(1, 0);

        await (await service.Operator().GetAsync($"/api/v1/audit/proof?{query}")).ShouldFailAsync(status, code, field);
    }

    [Fact]
    public async Task No_proof_of_an_event_that_is_not_theirs()
    {
        var offset = await AppendAsync(1, 0);

        var answer = await service.User(Stranger).GetAsync($"/api/v1/audit/proof?offset={offset}");

        await answer.ShouldFailAsync(HttpStatusCode.NotFound, "EVENT_NOT_FOUND", "offset");
    }

    private async Task<Offset> AppendAsync(int count, int bytes)
    {
        var now = TimeProvider.System.GetUtcNow();
        var last = Offset.Start;
        for (var done = 0; done < count; done += 10_000)
        {
            var events = Enumerable
                .Range(done, Math.Min(10_000, count - done))
                .Select(one =>
                    EventEnvelope.Of(
                        new BalanceChanged
                        {
                            AccountId = "1",
                            Balance = 1m.ToEvent(),
                            Delta = 1m.ToEvent(),
                            CauseId = $"{one}",
                            Source = new()
                            {
                                Type = "Padding",
                                Body = Google.Protobuf.ByteString.CopyFrom(new byte[bytes]),
                            },
                        },
                        now,
                        OwnersKey
                    )
                );
            var outcome = await Journal.AppendAsync(
                new()
                {
                    Stream = StreamName.Of("session", OwnersKey.Value),
                    ExpectedVersion = null,
                    Events = [.. events],
                },
                default
            );
            last = ((AppendOutcome.Appended)outcome).Last;
        }

        return last;
    }

    private async Task<bool> IsAppendWaitingAsync()
    {
        await using var command = service.Database.DataSource.CreateCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
                + "AND query LIKE '%journal_append%'"
        );
        return (long)(await command.ExecuteScalarAsync())! > 0;
    }

    private static async Task<JsonNode> PageAsync(HttpClient client, string query)
    {
        var answer = await client.GetAsync($"/api/v1/audit/{query}");
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.JsonAsync();
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
