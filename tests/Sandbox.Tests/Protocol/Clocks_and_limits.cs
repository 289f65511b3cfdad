using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader;
using Trading.Sandbox.Tests.Support;
using Trading.TestKit;

namespace Trading.Sandbox.Tests.Protocol;

public sealed class Clocks_and_limits : SandboxTest
{
    private readonly FakeClock _clock = new();

    private protected override CTraderSandboxOptions Options => base.Options with { Time = _clock };

    [Fact]
    public async Task A_silent_client_is_closed_after_half_a_minute_and_heard_from_before()
    {
        var client = await LogInAsync();

        await AdvanceAsync(TimeSpan.FromSeconds(26));
        await client.ExpectAsync<ProtoHeartbeatEvent>();
        await client.SendAsync(new ProtoHeartbeatEvent(), "generated");
        await client.AskAsync<ProtoOAVersionRes>(new ProtoOAVersionReq());
        await AdvanceAsync(TimeSpan.FromSeconds(10));
        client.Closed.IsCompleted.Should().BeFalse("a heartbeat counts as traffic");
        await AdvanceAsync(TimeSpan.FromSeconds(21));

        await client.Closed.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Heartbeats_alone_do_not_replace_the_application_login()
    {
        var client = await ConnectAsync();
        await client.AskAsync<ProtoOAVersionRes>(new ProtoOAVersionReq());
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        await client.AskAsync<ProtoOAVersionRes>(new ProtoOAVersionReq());
        await AdvanceAsync(TimeSpan.FromSeconds(11));

        await client.Closed.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Fifty_requests_a_second_pass_and_the_next_does_not()
    {
        var client = await LogInAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 50; i++)
        {
            await client.AskAsync<ProtoOAVersionRes>(new ProtoOAVersionReq());
        }

        var error = await client.AskAsync<ProtoOAErrorRes>(new ProtoOAVersionReq());
        error.ErrorCode.Should().Be("REQUEST_FREQUENCY_EXCEEDED");
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await client.AskAsync<ProtoOAVersionRes>(new ProtoOAVersionReq());
    }

    [Fact]
    public async Task History_has_a_limit_of_its_own()
    {
        var client = await LogInAsync();
        var request = new ProtoOADealListReq { CtidTraderAccountId = 5_150_705 };
        for (var i = 0; i < 5; i++)
        {
            await client.AskAsync<ProtoOADealListRes>(request);
        }

        await client.AskAsync<ProtoOAErrorRes>(request);
        await client.AskAsync<ProtoOATraderRes>(new ProtoOATraderReq { CtidTraderAccountId = 5_150_705 });
    }

    [Fact]
    public async Task A_token_ends_after_thirty_days()
    {
        var client = await ConnectAsync();
        await client.AskAsync<ProtoOAApplicationAuthRes>(WireClient.Login);
        _clock.Advance(TimeSpan.FromSeconds(2_628_000));

        var late = Keep(await WireClient.ConnectAsync(Sandbox));
        await late.AskAsync<ProtoOAApplicationAuthRes>(WireClient.Login);
        var error = await late.AskAsync<ProtoOAErrorRes>(
            new ProtoOAAccountAuthReq { CtidTraderAccountId = 5_150_705, AccessToken = "demo-access-token" }
        );

        error.ErrorCode.Should().Be("CH_ACCESS_TOKEN_INVALID");
        error.Description.Should().Be("Access token expired");
    }

    /// <summary>Lets the housekeeping set its timer for each step before the next.</summary>
    private async Task AdvanceAsync(TimeSpan by)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += TimeSpan.FromMilliseconds(500))
        {
            await Eventually.Be(() => _clock.PendingTimers > 0);
            _clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }
    }
}
