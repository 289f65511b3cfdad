using FluentAssertions;
using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Projections.Sessions;
using Trading.Projections.Tests.Kit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class SessionProjectionTests : IAsyncLifetime
{
    private ReadSide _side = null!;

    public async Task InitializeAsync() => _side = await ReadSide.StartAsync();

    public async Task DisposeAsync() => await _side.DisposeAsync();

    [Fact]
    public async Task A_session_is_connected_from_the_moment_the_broker_accepted_it()
    {
        var offset = await _side.GivenAsync(Some.Alice, Some.Connected(Some.Alice, 10_000m));

        var summary = await Session(Some.Alice);
        summary
            .Should()
            .BeEquivalentTo(
                new
                {
                    Session = new
                    {
                        User = Some.Alice,
                        State = SessionState.Connected,
                        IsConnected = true,
                        Broker = "ctrader",
                        Account = new AccountId(Some.Account),
                        Environment = BrokerEnvironment.Demo,
                        RequestedBy = "bridge",
                        Attempts = 1,
                        Reason = "",
                    },
                    Balance = 10_000m,
                    OpenPositions = 0,
                }
            );
        summary.Session.Stamp.Offset.Should().Be(offset);
        summary.LastUpdate.Should().BeCloseTo(summary.Session.Stamp.WrittenAt, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_lost_link_shows_why_and_slow_retries_show_how_many()
    {
        await _side.GivenAsync(
            Some.Alice,
            [.. Some.Connected(Some.Alice), new LinkLost { Reason = "connection reset", Code = "E1" }]
        );
        var lost = (await Session(Some.Alice)).Session;

        await _side.GivenAsync(
            Some.Alice,
            new LinkRetryFailed
            {
                Attempts = 2,
                Reason = "Too many connections",
                Code = "CONNECTIONS_LIMIT_EXCEEDED",
            }
        );
        var refused = (await Session(Some.Alice)).Session;

        await _side.GivenAsync(
            Some.Alice,
            new LinkRetrySlowed
            {
                Attempts = 10,
                Reason = "refused",
                Code = "E2",
            }
        );
        var slowed = (await Session(Some.Alice)).Session;

        (lost.State, lost.Reason, lost.Code).Should().Be((SessionState.Reconnecting, "connection reset", "E1"));
        (refused.State, refused.Attempts, refused.Reason, refused.Code)
            .Should()
            .Be((SessionState.Reconnecting, 2, "Too many connections", "CONNECTIONS_LIMIT_EXCEEDED"));
        (slowed.State, slowed.Attempts, slowed.Reason).Should().Be((SessionState.ReconnectingSlowly, 10, "refused"));
    }

    [Fact]
    public async Task A_failed_session_keeps_the_brokers_code_and_a_stopped_one_says_who_stopped_it()
    {
        await _side.GivenAsync(
            Some.Alice,
            Some.Started(Some.Alice),
            new SessionFailed { Code = "CH_ACCESS_TOKEN_INVALID", Detail = "token revoked" }
        );
        await _side.GivenAsync(Some.Bob, Some.Started(Some.Bob), new SessionStopped { Reason = "asked for" });

        var failed = (await Session(Some.Alice)).Session;
        var stopped = (await Session(Some.Bob)).Session;

        (failed.State, failed.Code).Should().Be((SessionState.Failed, "CH_ACCESS_TOKEN_INVALID"));
        (stopped.State, stopped.Reason).Should().Be((SessionState.Stopped, "asked for"));
    }

    [Fact]
    public async Task A_grant_shows_its_accounts_and_a_revoked_one_none()
    {
        await _side.GivenAsync(
            Some.Alice,
            new CredentialsGranted
            {
                UserKey = Some.Alice.Value,
                Broker = "ctrader",
                SealedAccessToken = ByteString.CopyFromUtf8("x"),
                ExpiresAtMs = 1_800_000_000_000,
                Scope = "trade",
                Accounts =
                {
                    new GrantedAccount
                    {
                        AccountId = "1",
                        Environment = BrokerEnvironment.Live,
                        Login = "77",
                        BrokerTitle = "House",
                    },
                },
            }
        );
        var granted = (await Session(Some.Alice)).Session;
        await _side.GivenAsync(Some.Alice, new CredentialsRevoked { Reason = "asked for" });
        var revoked = (await Session(Some.Alice)).Session;

        granted.State.Should().Be(SessionState.Idle);
        granted.HasCredentials.Should().BeTrue();
        granted.CredentialsExpireAt.Should().Be(DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000));
        granted.GrantedAccounts.Should().Equal(new GrantedAccountView(new("1"), BrokerEnvironment.Live, "77", "House"));
        revoked.HasCredentials.Should().BeFalse();
        revoked.GrantedAccounts.Should().BeEmpty();
    }

    [Fact]
    public async Task Subscriptions_are_a_set()
    {
        await _side.GivenAsync(
            Some.Alice,
            Some.Started(Some.Alice),
            new SubscriptionAdded { SymbolId = 2, Symbol = "USDJPY" },
            new SubscriptionAdded { SymbolId = 1, Symbol = "EURUSD" },
            new SubscriptionAdded { SymbolId = 3, Symbol = "EURGBP" },
            new SubscriptionAdded { SymbolId = 1, Symbol = "EURUSD" },
            new SubscriptionRemoved { SymbolId = 3, Symbol = "EURGBP" }
        );

        (await Session(Some.Alice)).Session.Subscriptions.Should().Equal("EURUSD", "USDJPY");
    }

    [Fact]
    public async Task An_operator_sees_every_session_that_was_asked_for_with_its_sealed_name()
    {
        await _side.GivenAsync(
            Some.Alice,
            new UserIdentified
            {
                UserKey = Some.Alice.Value,
                SealedUserId = ByteString.CopyFromUtf8("sealed id"),
                EmailKey = UserKey.Of("a@b.c").Value,
                SealedEmail = ByteString.CopyFromUtf8("sealed address"),
            }
        );
        await _side.GivenAsync(Some.Alice, [.. Some.Connected(Some.Alice, 5m), Some.Opened(Some.Position("p1"))]);
        await _side.GivenAsync(Some.Bob, new AccountSelected { AccountId = "9", Environment = BrokerEnvironment.Demo });

        var sessions = await new SessionQueries(_side.Sources).ListAsync(default);

        var session = sessions.Should().ContainSingle("Bob has never asked for his to run").Subject;
        session.Session.User.Should().Be(Some.Alice);
        (session.Balance, session.OpenPositions).Should().Be((5m, 1));
        session.SealedUserId!.Value.ToArray().Should().Equal("sealed id"u8.ToArray());
        session.SealedEmail!.Value.ToArray().Should().Equal("sealed address"u8.ToArray());
    }

    [Fact]
    public async Task A_user_without_a_session_has_none() =>
        (await new SessionQueries(_side.Sources).FindAsync(Some.Alice, default)).Should().BeNull();

    private async Task<SessionSummary> Session(UserKey user) =>
        (await new SessionQueries(_side.Sources).FindAsync(user, default))!;
}
