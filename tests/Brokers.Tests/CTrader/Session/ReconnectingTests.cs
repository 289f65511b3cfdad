using FluentAssertions;
using Trading.Brokers.Tests.CTrader.Peer;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Session;

public sealed class ReconnectingTests : IAsyncLifetime
{
    private readonly LinkUnderTest _it = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _it.DisposeAsync();

    [Fact]
    public async Task A_dropped_link_comes_back_reconciled_and_subscribed()
    {
        await _it.Open(symbols: ["EURUSD"]).GetAsync<BrokerReport.LinkUp>();
        var missed = DemoAccount.Deal(600, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        _it.Account.Deals.Add(missed);

        _it.Broker.Last.Drop();

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be("LINK_CLOSED");
        var up = await _it.GetAsync<BrokerReport.LinkUp>(2);
        up.Attempt.Should().Be(1, "attempts count anew after each loss");
        up.Snapshot.Deals.Should().ContainSingle().Which.DealId.Should().Be("600");
        await Eventually.Be(
            () => _it.Broker.Last.Count(ProtoOAPayloadType.ProtoOaSubscribeSpotsReq) == 1,
            text: "subscribed again"
        );
        _it.Reports.Select(report => report.GetType().Name)
            .Should()
            .Equal("LinkOpening", "LinkUp", "LinkDown", "LinkOpening", "LinkUp");
    }

    [Theory]
    [InlineData("ACCOUNT_DISCONNECTED")]
    [InlineData("TOKEN_INVALIDATED")]
    [InlineData("CLIENT_DISCONNECTED")]
    public async Task A_session_ended_by_the_broker_begins_again(string code)
    {
        await _it.Open().GetAsync<BrokerReport.LinkUp>();

        await _it.Broker.Last.SendAsync(
            code switch
            {
                "ACCOUNT_DISCONNECTED" => new ProtoOAAccountDisconnectEvent { CtidTraderAccountId = DemoAccount.Id },
                "TOKEN_INVALIDATED" => new ProtoOAAccountsTokenInvalidatedEvent
                {
                    CtidTraderAccountIds = { DemoAccount.Id },
                },
                _ => new ProtoOAClientDisconnectEvent { Reason = "maintenance" },
            }
        );

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be(code);
        await _it.GetAsync<BrokerReport.LinkUp>(2);
        _it.Broker.Last.Count(ProtoOAPayloadType.ProtoOaRefreshTokenReq).Should().Be(0, "the stored token still works");
    }

    [Fact]
    public async Task Another_account_s_end_is_not_ours()
    {
        await _it.Open().GetAsync<BrokerReport.LinkUp>();

        await _it.Broker.Last.SendAsync(new ProtoOAAccountDisconnectEvent { CtidTraderAccountId = 1 });
        await _it.Broker.Last.SendAsync(new ProtoOAAccountsTokenInvalidatedEvent { CtidTraderAccountIds = { 1, 2 } });
        await _it.Broker.Last.SendAsync(
            new ProtoOAMarginChangedEvent { CtidTraderAccountId = DemoAccount.Id, PositionId = 1 }
        );

        await _it.GetAsync<BrokerReport.MarginReported>();
        _it.Reports.OfType<BrokerReport.LinkDown>().Should().BeEmpty();
    }

    [Fact]
    public async Task A_stalled_broker_is_found_and_left()
    {
        await _it.Open().GetAsync<BrokerReport.LinkUp>();

        _it.Broker.On<ProtoOAVersionReq>(_ => null);

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be("LINK_SILENT");
    }

    [Fact]
    public async Task An_unreadable_event_is_made_good_by_reconciling()
    {
        await _it.Open().GetAsync<BrokerReport.LinkUp>();
        var broken = ConnectingTests.Filled(DemoAccount.Deal(700, DemoAccount.Start));
        broken.Deal.ExecutionPrice = double.NaN;

        await _it.Broker.Last.SendAsync(broken);

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be("UNREADABLE_EVENT");
        await _it.GetAsync<BrokerReport.LinkUp>(2);
    }

    [Fact]
    public async Task A_stale_token_is_renewed_and_used_only_once_it_is_stored()
    {
        _it.StoreCredentials = false;

        _it.Open(credentials: new BrokerCredentials("stale", "refresh-1", null));
        var renewed = (await _it.GetAsync<BrokerReport.CredentialsRenewed>()).Credentials;

        (renewed.AccessToken, renewed.RefreshToken).Should().Be(("access-2", "refresh-2"));
        renewed.ExpiresAt.Should().BeAfter(TimeProvider.System.GetUtcNow().AddDays(29));
        await Eventually.Be(() => _it.Broker.Last.Received.Count(message => message.PayloadType == 51) >= 2);
        _it.Account.Logins.Should().Be(0, "nobody has stored it yet");

        _it.Link.CredentialsStored(renewed);

        await _it.GetAsync<BrokerReport.LinkUp>();
        _it.Account.Logins.Should().Be(1);
    }

    [Fact]
    public async Task Tokens_near_their_end_are_renewed_before_it()
    {
        var soon = TimeProvider.System.GetUtcNow().AddHours(2);

        _it.Open(credentials: new BrokerCredentials("access-1", "refresh-1", soon));

        await _it.GetAsync<BrokerReport.LinkUp>();
        _it.Reports.OfType<BrokerReport.CredentialsRenewed>().Should().ContainSingle();
        _it.Account.Logins.Should().Be(1, "the old token was not used any more");
    }

    [Fact]
    public async Task A_live_link_renews_its_tokens_and_goes_on_at_once()
    {
        var soon = TimeProvider.System.GetUtcNow().AddDays(1).AddSeconds(2);

        await _it.Open(credentials: new BrokerCredentials("access-1", "refresh-1", soon))
            .GetAsync<BrokerReport.LinkUp>();

        await _it.GetAsync<BrokerReport.CredentialsRenewed>();
        await _it.GetAsync<BrokerReport.LinkUp>(2);
        var down = _it.Reports.OfType<BrokerReport.LinkDown>().Should().ContainSingle().Subject;
        (down.Code, down.Attempts).Should().Be(("TOKENS_RENEWED", 0));
    }

    [Fact]
    public async Task A_refused_early_renewal_leaves_a_working_link_alone()
    {
        _it.Account.RefreshToken = "elsewhere-9";
        var soon = TimeProvider.System.GetUtcNow().AddHours(2);

        await _it.Open(credentials: new BrokerCredentials("access-1", "refresh-1", soon))
            .GetAsync<BrokerReport.LinkUp>();

        _it.Reports.OfType<BrokerReport.LinkRefused>().Should().BeEmpty();
    }

    [Fact]
    public async Task A_broker_that_is_away_is_tried_again_and_again()
    {
        _it.Broker.On<ProtoOAAccountAuthReq>(_ => DemoAccount.Refusal("CANT_ROUTE_REQUEST", "Cannot route request"));

        _it.Open();

        var second = await _it.GetAsync<BrokerReport.LinkDown>(2);
        (second.Code, second.Attempts, second.Slow).Should().Be(("CANT_ROUTE_REQUEST", 2, false));
        (await _it.GetAsync<BrokerReport.LinkOpening>(3)).Attempt.Should().Be(3);
    }

    [Fact]
    public async Task Disposal_ends_everything_in_any_state()
    {
        _it.Broker.On<ProtoOAReconcileReq>(_ => null);
        _it.Open();
        await _it.GetAsync<BrokerReport.LinkOpening>();

        await _it.Link.DisposeAsync();

        await Eventually.Be(() => _it.Completed);
        await Eventually.Be(() => _it.Broker.Peers.All(peer => peer.Closed));
    }
}
