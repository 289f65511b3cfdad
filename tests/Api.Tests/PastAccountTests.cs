using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>Accounts at moments of the past, over a service whose logs the test writes itself.</summary>
public sealed class PastAccountTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string UserId = "61616161-6161-4161-8161-616161616161";
    private const string Stranger = "62626262-6262-4262-8262-626262626262";
    private static readonly UserKey User = UserKey.Of(UserId);

    private IEventLog Journal => service.Running.Services.GetRequiredService<IEventLog>();

    private ITickLog Market => service.Running.Services.GetRequiredService<ITickLog>();

    public async Task InitializeAsync()
    {
        if ((await Journal.HeadAsync(default)).Value > 0)
        {
            return;
        }

        var account = new SimulatedAccount();
        var session = SessionCases.Session.GivenCommands();
        await SendAsync(SessionCases.GrantTo(User, "1001"));
        await SendAsync(SessionCases.Start(User));
        await SendAsync(SessionCases.Observe(account.Up()));
        await TicksAsync(("EURUSD", 1.1m), ("EURGBP", 0.85m), ("GBPUSD", 1.3m));
        foreach (
            var report in new[]
            {
                account.Open(Side.Buy, 1_000_000, 1.0945m),
                account.Move(250m),
                account.Open(Side.Sell, 500_000, 0.86m, symbolId: 4),
            }.SelectMany(reports => reports)
        )
        {
            await SendAsync(SessionCases.Observe(report));
        }

        await TicksAsync(("EURUSD", 1.101m), ("EURGBP", 0.851m), ("GBPUSD", 1.302m));

        async Task SendAsync(SessionCommand command)
        {
            var step = session.When(command);
            await AppendAsync([.. step.Events.Select(happened => happened.Payload)]);
            session = step.Go();
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("account")]
    [InlineData("positions")]
    public async Task The_head_is_answered_exactly_as_the_live_account_is(string what)
    {
        var (live, past) = await Eventually.Get(async () =>
        {
            var now = await JsonAsync($"/{what}");
            var moment = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
            var then = await JsonAsync($"/api/v1/{what}?at={Uri.EscapeDataString(moment)}");
            return now["offset"]!.GetValue<long>() == then["offset"]!.GetValue<long>() && Bare(now) == Bare(then)
                ? Tuple.Create(now, then)
                : null;
        });

        Bare(past).Should().Be(Bare(live));
        past["asOf"]!["offset"]!.GetValue<long>().Should().Be((await Journal.HeadAsync(default)).Value);
        past["_cache"]!.GetValue<bool>().Should().BeFalse();
        live["asOf"].Should().BeNull();
        live["_cache"]!.GetValue<bool>().Should().BeTrue();
    }

    [Fact]
    public async Task An_earlier_offset_shows_the_account_as_it_was_and_at_the_prices_of_that_time()
    {
        var deposit = await OffsetOfAsync<FundsDeposited>();

        var before = await JsonAsync($"/account?at={deposit - 1}");
        var after = await JsonAsync($"/account?at={deposit + 1}");

        before["balance"]!.GetValue<decimal>().Should().Be(10_000m);
        after["balance"]!.GetValue<decimal>().Should().Be(10_250m);
        before["positions"]!.GetValue<int>().Should().Be(1);
        before["asOf"]!["offset"]!.GetValue<long>().Should().Be(deposit - 1);
        var positions = await JsonAsync($"/positions?at={deposit - 1}");
        positions["positions"]![0]!["currentPrice"]!.GetValue<decimal>().Should().Be(1.1m);
    }

    [Fact]
    public async Task Before_the_account_there_was_none()
    {
        using var client = service.User(UserId);
        await (await client.GetAsync("/account?at=0")).ShouldFailAsync(HttpStatusCode.NotFound, "NO_ACCOUNT");
        await (await client.GetAsync("/account?at=2001-01-01")).ShouldFailAsync(HttpStatusCode.NotFound, "NO_ACCOUNT");
        var started = await OffsetOfAsync<SessionStarted>();
        await (await client.GetAsync($"/account?at={started}")).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "ACCOUNT_NOT_READY"
        );
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("999999999")]
    [InlineData("2999-01-01T00:00:00Z")]
    public async Task A_moment_that_is_none_or_has_not_come_is_refused_by_name(string at)
    {
        using var client = service.User(UserId);
        foreach (var path in (string[])["/account", "/api/v1/account", "/positions", "/api/v1/positions"])
        {
            var answer = await client.GetAsync($"{path}?at={Uri.EscapeDataString(at)}");
            await answer.ShouldFailAsync(HttpStatusCode.BadRequest, "VALIDATION_ERROR", "at");
        }
    }

    [Fact]
    public async Task Nobody_but_an_auditor_sees_the_past_of_another_and_the_auditor_is_put_on_record()
    {
        var head = (await Journal.HeadAsync(default)).Value;
        using var stranger = service.User(Stranger);
        await (await stranger.GetAsync($"/account?at={head}&user={User}")).ShouldFailAsync(
            HttpStatusCode.Forbidden,
            "ROLE_REQUIRED",
            "user"
        );

        using var auditor = service.Operator();
        var seen = await (await auditor.GetAsync($"/account?at={head}&user={UserId}")).JsonAsync();
        seen["balance"]!.GetValue<decimal>().Should().Be(10_250m);
        await (await auditor.GetAsync($"/account?at={head}")).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "VALIDATION_ERROR",
            "user"
        );

        var read = new List<AuditRead>();
        await foreach (var batch in Journal.ReadAsync(new(head), default))
        {
            read.AddRange(batch.Select(e => e.Decode()).OfType<AuditRead>());
        }

        read.Should()
            .ContainSingle()
            .Which.Filters.Should()
            .Contain(filter => filter.Name == "user" && filter.Value == User.Value);
    }

    [Fact]
    public async Task A_past_answer_that_the_client_has_is_not_sent_again()
    {
        var head = (await Journal.HeadAsync(default)).Value;
        using var client = service.User(UserId);
        var first = await client.GetAsync($"/account?at={head}");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/account?at={head}");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        (await client.SendAsync(request)).StatusCode.Should().Be(HttpStatusCode.NotModified);
    }

    private async Task<JsonNode> JsonAsync(string path)
    {
        using var client = service.User(UserId);
        return await (await client.GetAsync(path)).JsonAsync();
    }

    // When the read model was written is of no interest, and what a past answer is for stands apart.
    private static string Bare(JsonNode answer)
    {
        var bare = answer.DeepClone().AsObject();
        bare.Remove("_cache");
        bare.Remove("_cacheTimestamp");
        bare.Remove("asOf");
        return bare.ToJsonString();
    }

    private async Task<long> OffsetOfAsync<T>()
        where T : IMessage
    {
        await foreach (var recorded in Journal.ReadStreamAsync(Stream, StreamVersion.None, default))
        {
            if (recorded.Decode() is T)
            {
                return recorded.Offset.Value;
            }
        }

        throw new InvalidOperationException("No such event.");
    }

    private static StreamName Stream { get; } = StreamName.Of("session", User.Value);

    private async Task AppendAsync(params IMessage[] payloads)
    {
        var now = TimeProvider.System.GetUtcNow();
        var outcome = await Journal.AppendAsync(
            new()
            {
                Stream = Stream,
                ExpectedVersion = null,
                Events = [.. payloads.Select(payload => EventEnvelope.Of(payload, now, User))],
            },
            default
        );
        outcome.Should().BeOfType<AppendOutcome.Appended>();
    }

    private async Task TicksAsync(params (string Symbol, decimal Bid)[] quotes)
    {
        var feed = StreamName.Parse("feed-demo");
        var claim = await Market.ClaimAsync(feed, default);
        await Market.AppendAsync(
            feed,
            claim.Epoch,
            quotes
                .Select(quote => new Tick(
                    new(quote.Symbol),
                    Price.From(quote.Bid),
                    Price.From(quote.Bid + 0.0002m),
                    TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()
                ))
                .ToArray(),
            default
        );
    }
}
