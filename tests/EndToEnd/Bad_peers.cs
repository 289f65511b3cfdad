using FluentAssertions;
using Trading.Domain.Events;
using Trading.EndToEnd.World;
using Trading.TestKit;
using Xunit;

namespace Trading.EndToEnd;

/// <summary>A broker that misbehaves: each way ends in the right state with the right event and, where it should, heals with
/// no subscription lost.</summary>
public sealed class Bad_peers
{
    private const string Symbol = "EURUSD";

    [Fact]
    public async Task A_link_that_flaps_a_hundred_times_keeps_its_subscriptions_and_tells_no_deal_twice()
    {
        await using var side = await WriteSide.CreateAsync();
        using var interest = side.Want(Symbol);
        await side.Recorded<SessionConnected>(1);
        await Streams(side);
        for (var flap = 1; flap <= 100; flap++)
        {
            if (flap % 10 == 0)
            {
                side.Sandbox.Control.PlaceOrder(side.Account, new() { Symbol = Symbol, Volume = 100_000 });
            }

            var connected = await side.CountAsync<SessionConnected>();
            side.Sandbox.Control.Links.Drop().Should().BeGreaterThan(0);
            await side.Recorded<LinkLost>(flap);
            await side.BackAsync(connected);
        }

        await Streams(side);
        (await side.CountAsync<LinkLost>()).Should().Be(100);
        (await side.CountAsync<SubscriptionRemoved>()).Should().Be(0);
        await Eventually.Pass(async () =>
        {
            var deals = (await side.EventsAsync()).OfType<DealExecuted>().Select(deal => deal.DealId).ToArray();
            deals.Should().OnlyHaveUniqueItems();
            deals
                .Should()
                .BeEquivalentTo(
                    side.Sandbox.Control.Account(side.Account).Deals.Select(deal => deal.DealId.ToString())
                );
        });
    }

    [Fact]
    public async Task A_stalled_stream_counts_as_dead_within_fifteen_seconds_and_comes_back()
    {
        await using var side = await WriteSide.CreateAsync();
        using var interest = side.Want(Symbol);
        await side.Recorded<SessionConnected>(1);
        await Streams(side);

        side.Sandbox.Control.Links.Stall();
        var stalled = side.Clock.GetUtcNow();
        await side.Until(async () => await side.CountAsync<LinkLost>() == 1, TimeSpan.FromMilliseconds(250));

        (await side.TimeOfAsync<LinkLost>() - stalled).Should().BeLessThan(TimeSpan.FromSeconds(17));
        await side.Until(async () => await side.CountAsync<SessionConnected>() == 2);
        await Streams(side);
    }

    [Theory]
    [InlineData("half-closed")]
    [InlineData("garbage")]
    [InlineData("oversized")]
    [InlineData("application cut")]
    [InlineData("account cut")]
    public async Task A_broken_link_is_lost_once_and_comes_back_with_its_subscriptions(string fault)
    {
        await using var side = await WriteSide.CreateAsync();
        using var interest = side.Want(Symbol);
        await side.Recorded<SessionConnected>(1);
        await Streams(side);

        var links = side.Sandbox.Control.Links;
        switch (fault)
        {
            case "half-closed":
                links.HalfClose();
                break;
            case "garbage":
                links.SendGarbage();
                break;
            case "oversized":
                links.SendOversize();
                break;
            case "application cut":
                links.DisconnectClient();
                break;
            default:
                links.DisconnectAccount(side.Account);
                break;
        }

        await side.Until(async () => await side.CountAsync<SessionConnected>() == 2);
        (await side.CountAsync<LinkLost>()).Should().Be(1);
        await Streams(side);
    }

    [Theory]
    [InlineData("RET_ACCOUNT_DISABLED")]
    [InlineData("CHANNEL_IS_BLOCKED")]
    public async Task A_login_refused_for_good_fails_the_session_with_the_brokers_code(string code)
    {
        await using var side = await WriteSide.CreateAsync();
        await side.Recorded<SessionConnected>(1);

        side.Sandbox.Control.Links.RefuseLogins(code);
        side.Sandbox.Control.Links.Drop();
        await side.Until(async () => await side.CountAsync<SessionFailed>() == 1);

        (await side.EventsAsync()).OfType<SessionFailed>().Single().Code.Should().Be(code);
        (await side.CountAsync<CredentialsRevoked>()).Should().Be(0, "the grant itself is not at fault");
        side.Sandbox.Control.Links.ClearFaults();
        await side.StartSessionAsync();
        await side.Until(async () => await side.CountAsync<SessionConnected>() == 2);
    }

    [Fact]
    public async Task A_wrong_application_secret_fails_the_session_at_once()
    {
        await using var side = await WriteSide.CreateAsync(clientSecret: "not-the-secret");

        await side.Recorded<SessionFailed>(1);

        (await side.EventsAsync()).OfType<SessionFailed>().Single().Code.Should().Be("CH_CLIENT_AUTH_FAILURE");
    }

    [Fact]
    public async Task An_expired_token_is_renewed_and_stored_sealed_before_the_session_goes_on()
    {
        await using var side = await WriteSide.CreateAsync();
        using var interest = side.Want(Symbol);
        await side.Recorded<SessionConnected>(1);
        await Streams(side);

        side.Sandbox.Control.Links.ExpireToken(side.Sandbox.Control.Links.Tokens(side.Account).AccessToken);
        await side.Until(async () => await side.CountAsync<SessionConnected>() >= 2);

        var refreshed = (await side.EventsAsync()).OfType<CredentialsRefreshed>().Single();
        var tokens = side.Sandbox.Control.Links.Tokens(side.Account);
        (await side.OpenAsync(refreshed.SealedAccessToken)).Should().Be(tokens.AccessToken);
        (await side.OpenAsync(refreshed.SealedRefreshToken)).Should().Be(tokens.RefreshToken);
        refreshed.SealedAccessToken.ToStringUtf8().Should().NotContain(tokens.AccessToken);
        await Streams(side);
    }

    [Fact]
    public async Task A_revoked_token_ends_the_grant_and_fails_the_session_until_the_user_consents_again()
    {
        await using var side = await WriteSide.CreateAsync();
        await side.Recorded<SessionConnected>(1);

        side.Sandbox.Control.Links.RevokeToken(side.Sandbox.Control.Links.Tokens(side.Account).AccessToken);
        await side.Until(async () => await side.CountAsync<SessionFailed>() == 1);

        (await side.CountAsync<CredentialsRevoked>()).Should().Be(1);
    }

    [Fact]
    public async Task Maintenance_is_waited_for_and_the_quick_retries_turn_into_slow_ones_that_never_end()
    {
        await using var side = await WriteSide.CreateAsync();
        using var interest = side.Want(Symbol);
        await side.Recorded<SessionConnected>(1);
        await Streams(side);

        side.Sandbox.Control.Links.RefuseLogins("SERVER_IS_UNDER_MAINTENANCE");
        side.Sandbox.Control.Links.Drop();
        await side.Until(async () => await side.CountAsync<LinkRetrySlowed>() == 1);

        (await side.CountAsync<LinkLost>()).Should().Be(1, "one outage is one loss");
        (await side.CountAsync<SessionFailed>()).Should().Be(0);
        side.Sandbox.Control.Links.ClearFaults();
        await side.Until(async () => await side.CountAsync<SessionConnected>() == 2);
        await Streams(side);
    }

    /// <summary>The broker streams the symbol to us, and its ticks go on arriving in the log.</summary>
    private static async Task Streams(WriteSide side)
    {
        await Eventually.Be(() =>
            side
                .Sandbox.Control.State()
                .Connections.SelectMany(connection => connection.Sessions)
                .Any(session => session.Symbols.Contains(Symbol))
        );
        var head = await side.Market.HeadAsync(CancellationToken.None);
        await Eventually.Be(async () => (await side.Market.HeadAsync(CancellationToken.None)).Value > head.Value);
    }
}
