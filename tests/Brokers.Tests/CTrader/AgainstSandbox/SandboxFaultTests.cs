using FluentAssertions;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.Tests.CTrader.Session;
using Trading.Domain;
using Trading.Domain.Ports;
using Trading.Sandbox.CTrader.Control;
using Trading.Sandbox.CTrader.Faults;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.AgainstSandbox;

public sealed class SandboxFaultTests : IAsyncLifetime
{
    private static readonly string[] Symbols = ["EURUSD", "GBPJPY", "XAUUSD"];

    private readonly SandboxLink _it = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _it.DisposeAsync();

    [Theory]
    [InlineData("drop", "LINK_CLOSED")]
    [InlineData("half-close", "LINK_CLOSED")]
    [InlineData("stall", "LINK_SILENT")]
    [InlineData("garbage", "LINK_BAD_FRAME")]
    [InlineData("oversize", "LINK_BAD_FRAME")]
    [InlineData("client disconnected", "CLIENT_DISCONNECTED")]
    [InlineData("account disconnected", "ACCOUNT_DISCONNECTED")]
    public async Task Every_fault_of_a_link_ends_in_its_state_and_heals_with_no_subscription_lost(
        string fault,
        string code
    )
    {
        await UpAndStreamingAsync();
        var links = _it.Control.Links;

        _ = fault switch
        {
            "drop" => links.Drop(),
            "half-close" => links.HalfClose(),
            "stall" => links.Stall(),
            "garbage" => links.SendGarbage(),
            "oversize" => links.SendOversize(),
            "client disconnected" => links.DisconnectClient("night"),
            _ => EndAccount(links),
        };

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be(code);
        await _it.GetAsync<BrokerReport.LinkUp>(2);
        await Eventually.Be(() => _it.Subscribed().SequenceEqual(Symbols));
    }

    public static TheoryData<uint, bool, bool, bool> Refusals
    {
        get
        {
            var all = new TheoryData<uint, bool, bool, bool>();
            foreach (var stage in new uint[] { 2100, 2102, 2121, 2114, 2124, 2133 })
            {
                all.Add(stage, false, false, false);
                all.Add(stage, false, true, false);
                all.Add(stage, true, true, false);
                all.Add(stage, false, true, true);
            }

            all.Add(2100, true, false, false);
            return all;
        }
    }

    /// <summary>Whatever is refused, whether or not the refusal names the request, comes from the front proxy, or is
    /// followed by the end of the connection.</summary>
    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task The_newest_refusal_is_told_in_the_broker_s_own_words(
        uint request,
        bool unasked,
        bool closes,
        bool byProxy
    )
    {
        await UpAndStreamingAsync();
        _it.Control.Links.Arm(
            new FaultRule
            {
                Kind = FaultKind.Refuse,
                PayloadType = request,
                ErrorCode = "CONNECTIONS_LIMIT_EXCEEDED",
                Description = "Too many connections of this application",
                Unasked = unasked,
                Closes = closes,
                AsProxyError = byProxy,
            }
        );

        _it.Control.Links.Drop();

        (await _it.GetAsync<BrokerReport.LinkDown>(2))
            .Should()
            .BeEquivalentTo(
                new { Code = "CONNECTIONS_LIMIT_EXCEEDED", Reason = "Too many connections of this application" }
            );
        await _it.GetAsync<BrokerReport.LinkUp>(2);
    }

    [Fact]
    public async Task A_refusal_of_renewed_tokens_is_told_in_the_broker_s_own_words()
    {
        await UpAndStreamingAsync();
        _it.Control.Links.Arm(
            new FaultRule
            {
                Kind = FaultKind.Refuse,
                PayloadType = 2173,
                ErrorCode = "SERVER_IS_UNDER_MAINTENANCE",
                Description = "Back at noon",
                Unasked = true,
                Closes = true,
            }
        );

        _it.Control.Links.ExpireToken("trader-1-access-token");

        (await _it.GetAsync<BrokerReport.LinkDown>(2))
            .Should()
            .BeEquivalentTo(new { Code = "SERVER_IS_UNDER_MAINTENANCE", Reason = "Back at noon" });
        await _it.GetAsync<BrokerReport.LinkUp>(2);
    }

    [Fact]
    public async Task A_broker_that_takes_no_more_connections_is_quoted()
    {
        await _it.OpenAsync(Symbols, options => options with { MaxConnections = 0 });

        (await _it.GetAsync<BrokerReport.LinkDown>())
            .Should()
            .BeEquivalentTo(
                new { Code = "CONNECTIONS_LIMIT_EXCEEDED", Reason = "Too many connections of this application" }
            );
    }

    [Fact]
    public async Task A_message_from_the_future_changes_nothing()
    {
        await UpAndStreamingAsync();

        _it.Control.Links.SendUnknownType();
        _it.Control.MoveCash(SandboxLink.Number, 1m);

        await _it.GetAsync<BrokerReport.CashMoved>();
        _it.Reports.OfType<BrokerReport.LinkDown>().Should().BeEmpty();
    }

    [Fact]
    public async Task What_happens_during_a_hundred_flaps_is_known_afterwards_whole()
    {
        // Only the pause is shortened: half a minute between tries would make this last an hour.
        await UpAndStreamingAsync(
            RecordedLink.Hasty with
            {
                ShortestPause = TimeSpan.FromMilliseconds(5),
                LongestPause = TimeSpan.FromMilliseconds(20),
            }
        );
        for (var flap = 1; flap <= 100; flap++)
        {
            _it.Control.Links.Drop();
            _it.Control.MoveCash(SandboxLink.Number, 10m + flap);
            _it.Control.PlaceOrder(SandboxLink.Number, new TerminalOrder { Symbol = "EURUSD", Volume = 1_000_000 })
                .Accepted.Should()
                .BeTrue();
            _it.Control.ClosePosition(SandboxLink.Number, _it.Account.Positions[0].PositionId);
            await _it.GetAsync<BrokerReport.LinkUp>(flap + 1);
        }

        var ups = _it.Reports.OfType<BrokerReport.LinkUp>().ToArray();
        var steps = _it.Reports.OfType<BrokerReport.OrderStep>().Where(step => step.Deal is not null);
        ups.SelectMany(up => up.Snapshot.Deals)
            .Concat(steps.Select(step => step.Deal!))
            .Select(deal => deal.DealId)
            .Distinct()
            .Should()
            .BeEquivalentTo(_it.Account.Deals.Select(deal => deal.DealId.ToString()));
        var movements = _it.Reports.OfType<BrokerReport.CashMoved>().Select(report => report.Movement);
        ups.SelectMany(up => up.Snapshot.CashMovements)
            .Concat(movements)
            .Select(movement => movement.MovementId)
            .Distinct()
            .Should()
            .Contain(_it.Account.CashFlows.TakeLast(100).Select(flow => flow.Id.ToString()));
        ups[^1].Snapshot.Account.Balance.ToDecimal().Should().Be(_it.Account.Balance);
        await Eventually.Be(() => _it.Subscribed().SequenceEqual(Symbols));
        _it.Control.Links.Connections().Should().ContainSingle("no connection is left behind");
    }

    [Fact]
    public async Task A_disabled_account_stops_the_link_for_good()
    {
        await UpAndStreamingAsync();

        _it.Control.DisableAccount(SandboxLink.Number);

        (await _it.GetAsync<BrokerReport.LinkRefused>()).Code.Should().Be("RET_ACCOUNT_DISABLED");
        await Eventually.Be(() => _it.Completed);
    }

    [Fact]
    public async Task An_expired_token_is_renewed_and_the_session_goes_on()
    {
        await UpAndStreamingAsync();

        _it.Control.Links.ExpireToken("trader-1-access-token");

        var renewed = (await _it.GetAsync<BrokerReport.CredentialsRenewed>()).Credentials;
        renewed.RefreshToken.Should().NotBe("trader-1-refresh-token");
        await _it.GetAsync<BrokerReport.LinkUp>(2);
        await Eventually.Be(() => _it.Subscribed().SequenceEqual(Symbols));
    }

    [Fact]
    public async Task A_revoked_grant_needs_the_user_s_consent()
    {
        await UpAndStreamingAsync();

        _it.Control.Links.RevokeToken("trader-1-access-token");

        (await _it.GetAsync<BrokerReport.LinkRefused>()).NeedsConsent.Should().BeTrue();
    }

    [Fact]
    public async Task Maintenance_is_waited_for_to_its_end()
    {
        await UpAndStreamingAsync();

        _it.Control.Links.Maintain(TimeProvider.System.GetUtcNow().AddMinutes(10).ToUnixTimeMilliseconds());
        _it.Control.Links.Drop();

        await Eventually.Be(() =>
            _it.Reports.OfType<BrokerReport.LinkDown>().Any(down => down.Code == "SERVER_IS_UNDER_MAINTENANCE")
        );
        _it.Reports.Last().Should().BeOfType<BrokerReport.LinkDown>("nobody knocks before the time that was named");
    }

    [Theory]
    [InlineData(FaultKind.CutFrame, 2115u)]
    [InlineData(FaultKind.Swallow, 2125u)]
    [InlineData(FaultKind.DropBefore, 2116u)]
    [InlineData(FaultKind.Hang, 2102u)]
    public async Task A_fault_in_the_middle_of_connecting_costs_one_try(FaultKind kind, uint payloadType)
    {
        await UpAndStreamingAsync();
        _it.Control.Links.Arm(new FaultRule { Kind = kind, PayloadType = payloadType });

        _it.Control.Links.Drop();

        (await _it.GetAsync<BrokerReport.LinkUp>(2)).Attempt.Should().Be(2);
        _it.Control.Links.Faults().Should().BeEmpty();
    }

    [Fact]
    public async Task A_message_delivered_twice_is_the_same_message_twice()
    {
        await UpAndStreamingAsync();
        _it.Control.Links.Arm(new FaultRule { Kind = FaultKind.Duplicate, PayloadType = 2126 });

        _it.Control.MoveCash(SandboxLink.Number, 5m);

        var second = await _it.GetAsync<BrokerReport.CashMoved>(2);
        second
            .Movement.MovementId.Should()
            .Be(_it.Reports.OfType<BrokerReport.CashMoved>().First().Movement.MovementId);
    }

    private static int EndAccount(LinkControl links)
    {
        links.DisconnectAccount(SandboxLink.Number);
        return 1;
    }

    private async Task UpAndStreamingAsync(LinkTimings? timings = null)
    {
        await _it.OpenAsync(Symbols, timings: timings);
        await _it.GetAsync<BrokerReport.LinkUp>();
        await Eventually.Be(() => _it.Subscribed().SequenceEqual(Symbols));
    }
}
