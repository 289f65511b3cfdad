using Google.Protobuf;
using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader;
using Trading.Sandbox.Tests.Support;
using Trading.TestKit;

namespace Trading.Sandbox.Tests.Protocol;

public sealed class Logging_in : SandboxTest
{
    private const long Demo = 5_150_705;

    private protected override CTraderSandboxOptions Options =>
        base.Options with
        {
            Users =
            [
                .. DefaultWorld.Users,
                new SandboxUser("Live")
                {
                    AccessToken = "live-token",
                    RefreshToken = "live-refresh",
                    Accounts = [new SandboxAccount(99) { IsLive = true }],
                },
            ],
        };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_certificate_is_good_with_and_without_a_server_name(bool withName)
    {
        var client = Keep(await WireClient.ConnectAsync(Sandbox, withName));

        (await client.AskAsync<ProtoOAVersionRes>(new ProtoOAVersionReq())).Version.Should().NotBeEmpty();
    }

    [Fact]
    public async Task Nothing_goes_before_the_application()
    {
        var client = await ConnectAsync();

        var error = await client.AskAsync<ProtoOAErrorRes>(
            new ProtoOAGetAccountListByAccessTokenReq { AccessToken = "demo-access-token" }
        );

        error.ErrorCode.Should().Be("CH_CLIENT_NOT_AUTHENTICATED");
    }

    [Fact]
    public async Task Wrong_application_credentials_end_the_connection()
    {
        var client = await ConnectAsync();

        var error = await client.AskAsync<ProtoOAErrorRes>(
            new ProtoOAApplicationAuthReq { ClientId = "sandbox-app", ClientSecret = "wrong" }
        );

        error.ErrorCode.Should().Be("CH_CLIENT_AUTH_FAILURE");
        error.Description.Should().Be("clientId or clientSecret is incorrect");
        await client.Closed.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_second_login_of_either_kind_says_so()
    {
        var client = await LogInAsync();

        (await client.AskAsync<ProtoOAErrorRes>(WireClient.Login))
            .ErrorCode.Should()
            .Be("CH_CLIENT_ALREADY_AUTHENTICATED");
        var again = await client.AskAsync<ProtoOAErrorRes>(Account(Demo, "demo-access-token"));
        again.ErrorCode.Should().Be("ALREADY_LOGGED_IN");
        again.Description.Should().Be("Trading account is already authorized in this channel");
        again.CtidTraderAccountId.Should().Be(Demo);
    }

    [Theory]
    [InlineData(Demo, "nonsense", "CH_ACCESS_TOKEN_INVALID")]
    [InlineData(Demo, "trader-2-access-token", "CH_CTID_TRADER_ACCOUNT_NOT_FOUND")]
    [InlineData(99, "live-token", "CANT_ROUTE_REQUEST")]
    public async Task An_account_needs_its_own_token_and_the_right_host(long account, string token, string code)
    {
        var client = await ConnectAsync();
        await client.AskAsync<ProtoOAApplicationAuthRes>(WireClient.Login);

        (await client.AskAsync<ProtoOAErrorRes>(Account(account, token))).ErrorCode.Should().Be(code);
    }

    [Fact]
    public async Task A_token_lists_its_accounts_and_its_scope()
    {
        var client = await ConnectAsync();
        await client.AskAsync<ProtoOAApplicationAuthRes>(WireClient.Login);

        var demo = await client.AskAsync<ProtoOAGetAccountListByAccessTokenRes>(
            new ProtoOAGetAccountListByAccessTokenReq { AccessToken = "demo-access-token" }
        );
        var feed = await client.AskAsync<ProtoOAGetAccountListByAccessTokenRes>(
            new ProtoOAGetAccountListByAccessTokenReq { AccessToken = "feed-access-token" }
        );

        demo.CtidTraderAccount.Select(a => a.CtidTraderAccountId).Should().Equal(5_150_705, 5_150_706);
        demo.PermissionScope.Should().Be(ProtoOAClientPermissionScope.ScopeTrade);
        feed.PermissionScope.Should().Be(ProtoOAClientPermissionScope.ScopeView);
    }

    [Fact]
    public async Task An_account_not_authorised_here_is_told_so()
    {
        var client = await LogInAsync();

        var error = await client.AskAsync<ProtoOAErrorRes>(new ProtoOATraderReq { CtidTraderAccountId = 5_150_706 });

        error.ErrorCode.Should().Be("INVALID_REQUEST");
        error.Description.Should().Be("Trading account is not authorized");
    }

    [Fact]
    public async Task A_token_that_may_only_look_can_not_trade()
    {
        var client = Keep(await WireClient.LogInAsync(Sandbox, 5_150_700, "feed-access-token"));

        var error = await client.AskAsync<ProtoOAOrderErrorEvent>(
            new ProtoOAClosePositionReq
            {
                CtidTraderAccountId = 5_150_700,
                PositionId = 1,
                Volume = 1,
            }
        );

        error.ErrorCode.Should().Be("TRADING_NOT_ALLOWED");
    }

    [Fact]
    public async Task Refreshing_a_token_ends_the_sessions_of_the_old_one()
    {
        var client = await LogInAsync();

        var fresh = await client.AskAsync<ProtoOARefreshTokenRes>(
            new ProtoOARefreshTokenReq { RefreshToken = "demo-refresh-token" }
        );
        var invalidated = await client.ExpectAsync<ProtoOAAccountsTokenInvalidatedEvent>();
        var disconnected = await client.ExpectAsync<ProtoOAAccountDisconnectEvent>();

        fresh.ExpiresIn.Should().Be(2_628_000);
        fresh.TokenType.Should().Be("bearer");
        invalidated.CtidTraderAccountIds.Should().Equal(Demo);
        disconnected.CtidTraderAccountId.Should().Be(Demo);
        (await client.AskAsync<ProtoOAErrorRes>(Account(Demo, "demo-access-token")))
            .ErrorCode.Should()
            .Be("CH_ACCESS_TOKEN_INVALID");
        (await client.AskAsync<ProtoOAErrorRes>(new ProtoOARefreshTokenReq { RefreshToken = "demo-refresh-token" }))
            .ErrorCode.Should()
            .Be("CH_ACCESS_TOKEN_INVALID");
        await client.AskAsync<ProtoOAAccountAuthRes>(Account(Demo, fresh.AccessToken));
    }

    [Fact]
    public async Task Logging_out_is_answered_and_then_completed()
    {
        var client = await LogInAsync();

        await client.AskAsync<ProtoOAAccountLogoutRes>(new ProtoOAAccountLogoutReq { CtidTraderAccountId = Demo });

        (await client.ExpectAsync<ProtoOAAccountDisconnectEvent>()).CtidTraderAccountId.Should().Be(Demo);
    }

    [Fact]
    public async Task Frames_may_come_in_single_bytes_or_all_at_once()
    {
        var client = await ConnectAsync();
        var login = Frame(WireClient.Login, "a");
        var version = Frame(new ProtoOAVersionReq(), "b");
        foreach (var single in login)
        {
            await client.SendRawAsync(new[] { single });
        }

        await client.SendRawAsync((byte[])[.. version, .. version, .. version]);

        (await client.NextAsync())
            .Should()
            .BeEquivalentTo(
                new
                {
                    PayloadType = 2101u,
                    ClientMsgId = "a",
                    HasPayload = true,
                }
            );
        for (var i = 0; i < 3; i++)
        {
            (await client.NextAsync()).Should().BeEquivalentTo(new { PayloadType = 2105u, ClientMsgId = "b" });
        }
    }

    [Fact]
    public async Task An_unknown_message_is_refused_by_the_proxy()
    {
        var client = await LogInAsync();
        await client.SendRawAsync(Wire.Frame(new ProtoMessage { PayloadType = 2_999, ClientMsgId = "x" }));

        var frame = await client.NextAsync();

        frame.ClientMsgId.Should().Be("x");
        Wire.Decode<ProtoErrorRes>(frame).ErrorCode.Should().Be("UNSUPPORTED_MESSAGE");
    }

    [Fact]
    public async Task A_missing_required_field_is_refused()
    {
        var client = await LogInAsync();

        var error = await client.AskAsync<ProtoOAErrorRes>(new ProtoOANewOrderReq { CtidTraderAccountId = Demo });

        error.ErrorCode.Should().Be("INVALID_REQUEST");
    }

    [Theory]
    [InlineData(new byte[] { 0x7F, 0, 0, 0 }, "FRAME_TOO_LONG")]
    [InlineData(new byte[] { 0, 0, 0, 3, 0xFF, 0xFF, 0xFF }, "INVALID_REQUEST")]
    public async Task What_is_no_frame_is_told_and_ends_the_connection(byte[] bytes, string code)
    {
        var client = await LogInAsync();

        await client.SendRawAsync(bytes);

        (await client.ExpectAsync<ProtoErrorRes>()).ErrorCode.Should().Be(code);
        await client.Closed.WaitAsync(TimeSpan.FromSeconds(10));
        await Eventually.Be(() => Sandbox.Control.Links.Connections().Count == 0);
    }

    private static ProtoOAAccountAuthReq Account(long account, string token) =>
        new() { CtidTraderAccountId = account, AccessToken = token };

    private static byte[] Frame(IMessage message, string id) =>
        Wire.Frame(
            new ProtoMessage
            {
                PayloadType = Wire.TypeOf(message),
                Payload = message.ToByteString(),
                ClientMsgId = id,
            }
        );
}
