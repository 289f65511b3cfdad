using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Faults;
using Trading.Sandbox.Tests.Support;
using Trading.TestKit;

namespace Trading.Sandbox.Tests.Protocol;

public sealed class Faults_happen_on_request : SandboxTest
{
    private const long Demo = 5_150_705;

    [Theory]
    [InlineData(FaultKind.DropBefore, 2)]
    [InlineData(FaultKind.DropAfter, 3)]
    public async Task A_connection_drops_before_or_after_an_order_is_applied(FaultKind kind, int positions)
    {
        var client = await LogInAsync();
        Sandbox.Control.Links.Arm(new FaultRule { Kind = kind, PayloadType = 2106 });

        await client.SendAsync(Order(), "o");

        await client.Closed.WaitAsync(TimeSpan.FromSeconds(10));
        client.TryNext(out _).Should().BeFalse("no answer may get out");
        Sandbox.Control.Account(Demo).Positions.Should().HaveCount(positions);
    }

    [Fact]
    public async Task Any_error_on_demand_as_often_as_wanted()
    {
        var client = await LogInAsync();
        Sandbox.Control.Links.Arm(
            new FaultRule
            {
                Kind = FaultKind.Refuse,
                PayloadType = 2121,
                ErrorCode = "SERVER_IS_UNDER_MAINTENANCE",
                MaintenanceEndTimestamp = 1_800_000_000,
                Count = 1,
            }
        );

        var error = await client.AskAsync<ProtoOAErrorRes>(new ProtoOATraderReq { CtidTraderAccountId = Demo });

        error.ErrorCode.Should().Be("SERVER_IS_UNDER_MAINTENANCE");
        error.MaintenanceEndTimestamp.Should().Be(1_800_000_000);
        await client.AskAsync<ProtoOATraderRes>(new ProtoOATraderReq { CtidTraderAccountId = Demo });
    }

    [Fact]
    public async Task An_event_is_swallowed_or_comes_twice()
    {
        var client = await LogInAsync();
        Sandbox.Control.Links.Arm(new FaultRule { Kind = FaultKind.Swallow, PayloadType = 2126 });
        Sandbox.Control.Links.Arm(new FaultRule { Kind = FaultKind.Duplicate, PayloadType = 2126 });

        await client.SendAsync(Order(), "o");
        await client.SendAsync(new ProtoOAVersionReq(), "v");

        var types = new List<ProtoOAExecutionType>();
        for (var frame = await client.NextAsync(); frame.ClientMsgId != "v"; frame = await client.NextAsync())
        {
            types.Add(Wire.Decode<ProtoOAExecutionEvent>(frame).ExecutionType);
        }

        types.Should().Equal(ProtoOAExecutionType.OrderFilled, ProtoOAExecutionType.OrderFilled);
    }

    [Fact]
    public async Task A_frame_is_cut_in_the_middle()
    {
        var client = await LogInAsync();
        Sandbox.Control.Links.Arm(new FaultRule { Kind = FaultKind.CutFrame });

        await client.SendAsync(new ProtoOATraderReq { CtidTraderAccountId = Demo }, "t");

        await client.Closed.WaitAsync(TimeSpan.FromSeconds(10));
        client.TryNext(out _).Should().BeFalse();
    }

    [Fact]
    public async Task A_stalled_connection_stays_open_says_nothing_and_may_go_on()
    {
        var client = await LogInAsync();
        Sandbox.Control.Links.Stall().Should().Be(1);
        await client.SendAsync(new ProtoOAVersionReq(), "v");
        await Eventually.Be(() => Sandbox.Control.Links.Connections()[0].FramesSent == 3);
        client.TryNext(out _).Should().BeFalse();
        client.Closed.IsCompleted.Should().BeFalse();

        Sandbox.Control.Links.Stall(stalled: false);

        (await client.NextAsync()).ClientMsgId.Should().Be("v");
    }

    [Fact]
    public async Task Half_closed_the_client_sees_the_end_and_the_server_still_listens()
    {
        var client = await LogInAsync();

        Sandbox.Control.Links.HalfClose().Should().Be(1);

        await client.Closed.WaitAsync(TimeSpan.FromSeconds(10));
        await client.SendAsync(Order(), "o");
        await Eventually.Be(() => Sandbox.Control.Account(Demo).Positions.Count == 3);
        await client.DisposeAsync();
        await Eventually.Be(() => Sandbox.Control.Links.Connections().Count == 0);
    }

    [Fact]
    public async Task Application_account_and_token_can_be_cut()
    {
        var client = await LogInAsync();

        Sandbox.Control.Links.DisconnectAccount(Demo);
        (await client.ExpectAsync<ProtoOAAccountDisconnectEvent>()).CtidTraderAccountId.Should().Be(Demo);
        await client.AskAsync<ProtoOAAccountAuthRes>(Login());
        Sandbox.Control.Links.ExpireToken("demo-access-token");
        await client.ExpectAsync<ProtoOAAccountsTokenInvalidatedEvent>();
        (await client.AskAsync<ProtoOAErrorRes>(Login())).ErrorCode.Should().Be("CH_ACCESS_TOKEN_INVALID");
        Sandbox.Control.Links.DisconnectClient("bye");

        (await client.ExpectAsync<ProtoOAClientDisconnectEvent>()).Reason.Should().Be("bye");
        await client.Closed.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Maintenance_refuses_everything_until_its_end()
    {
        var client = await LogInAsync();
        var end = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        Sandbox.Control.Links.Maintain(end);

        var error = await client.AskAsync<ProtoOAErrorRes>(new ProtoOATraderReq { CtidTraderAccountId = Demo });
        Sandbox.Control.Links.Maintain(0);

        error.ErrorCode.Should().Be("SERVER_IS_UNDER_MAINTENANCE");
        error.MaintenanceEndTimestamp.Should().Be(end / 1_000);
        await client.AskAsync<ProtoOATraderRes>(new ProtoOATraderReq { CtidTraderAccountId = Demo });
    }

    [Fact]
    public async Task A_disabled_account_is_thrown_out_and_not_let_in()
    {
        var client = await LogInAsync();

        Sandbox.Control.DisableAccount(Demo);

        await client.ExpectAsync<ProtoOAAccountDisconnectEvent>();
        (await client.AskAsync<ProtoOAErrorRes>(Login())).ErrorCode.Should().Be("RET_ACCOUNT_DISABLED");
    }

    private static ProtoOAAccountAuthReq Login() =>
        new() { CtidTraderAccountId = Demo, AccessToken = "demo-access-token" };

    private static ProtoOANewOrderReq Order() =>
        new()
        {
            CtidTraderAccountId = Demo,
            SymbolId = 1,
            OrderType = ProtoOAOrderType.Market,
            TradeSide = ProtoOATradeSide.Buy,
            Volume = 100_000,
        };
}
