using System.Globalization;
using System.Net;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Api.CTrader;
using Trading.Domain;
using Trading.Domain.Ports;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>A service of its own: what is provoked here would trouble others.</summary>
public sealed class FreshReadTests(Service service) : IClassFixture<Service>
{
    private const string Header = "X-Min-Offset";

    [Fact]
    public async Task What_a_command_did_shows_in_a_query_that_asks_for_its_offset()
    {
        const string user = "61616161-6161-4161-8161-616161616161";
        var written = await WriteAsync(user);

        var answer = await AskAsync(
            service.User(user),
            "/ctrader/settings",
            written.ToString(CultureInfo.InvariantCulture)
        );

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        OffsetOf(answer).Should().BeGreaterThanOrEqualTo(written);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("soon")]
    [InlineData("99999999999999999999")]
    public async Task A_number_that_is_no_offset_is_refused_by_name(string text)
    {
        var answer = await AskAsync(service.User("62626262-6262-4262-8262-626262626262"), "/ctrader/settings", text);

        await answer.ShouldFailAsync(HttpStatusCode.BadRequest, "VALIDATION_ERROR", Header);
    }

    [Fact]
    public async Task An_offset_that_nobody_was_ever_told_is_refused_at_once()
    {
        var head = await service.Running.Services.GetRequiredService<IEventLog>().HeadAsync(default);

        var answer = await AskAsync(
            service.User("63636363-6363-4363-8363-636363636363"),
            "/account",
            (head.Value + 1_000_000).ToString(CultureInfo.InvariantCulture)
        );

        await answer.ShouldFailAsync(HttpStatusCode.BadRequest, "VALIDATION_ERROR", Header);
    }

    [Fact]
    public async Task The_document_tells_where_it_may_be_asked_for()
    {
        var document = await (await service.Anonymous().GetAsync("/openapi/v1.json")).JsonAsync();

        document["paths"]!["/account"]!["get"]!["parameters"]!.ToJsonString().Should().Contain(Header);
        document["paths"]!["/prices"]!["get"]!["parameters"]!.ToJsonString().Should().NotContain(Header);
    }

    [Fact]
    public async Task A_read_model_that_is_late_says_how_far_behind_it_is()
    {
        const string user = "64646464-6464-4464-8464-646464646464";
        var seen = await WriteAsync(user);
        await using var blocker = new NpgsqlConnection(service.Database.ConnectionString);
        await blocker.OpenAsync();
        await using (var transaction = await blocker.BeginTransactionAsync())
        {
            // The projection waits for this row as it would for a slow disk.
            await using var hold = new NpgsqlCommand(
                "select 1 from read.checkpoints where projection like 'sessions@%' for update",
                blocker,
                transaction
            );
            await hold.ExecuteScalarAsync();
            var journal = service.Running.Services.GetRequiredService<IEventLog>();
            var desk = service.Running.Services.GetRequiredService<Granting>();
            using var givingUp = new CancellationTokenSource();
            var write = desk.IdentifyAsync(UserKey.Of(user), user, "late@example.com", givingUp.Token);
            await TestKit.Eventually.Be(async () => (await journal.HeadAsync(default)).Value > seen);
            await givingUp.CancelAsync();
            var answering = async () => await write;
            await answering.Should().ThrowAsync<OperationCanceledException>("the command waits for what cannot move");
            var head = (await journal.HeadAsync(default)).Value;

            var answer = await AskAsync(
                service.User(user),
                "/ctrader/settings",
                head.ToString(CultureInfo.InvariantCulture)
            );

            answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
            var body = await answer.JsonAsync();
            body["code"]!.GetValue<string>().Should().Be("READ_MODEL_BEHIND");
            body["behind"]!.GetValue<long>().Should().Be(head - seen);
            body["offset"]!.GetValue<long>().Should().Be(seen);
            OffsetOf(answer).Should().Be(seen);
        }

        var after = await AskAsync(
            service.User(user),
            "/ctrader/settings",
            (seen + 1).ToString(CultureInfo.InvariantCulture)
        );
        after.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    // Consent begins with a command: the user becomes known.
    private async Task<long> WriteAsync(string user)
    {
        var answer = await service.User(user, $"{user}@example.com").GetAsync("/ctrader/oauth/start");
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        return OffsetOf(answer);
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, string path, string offset)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(Header, offset);
        return await client.SendAsync(request);
    }

    private static long OffsetOf(HttpResponseMessage answer) =>
        long.Parse(answer.Headers.GetValues("X-Offset").Single(), CultureInfo.InvariantCulture);
}
