using Google.Protobuf;
using Trading.Protocol.CTrader;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Protocol;

public sealed class Bad_requests_are_refused_once : SandboxTest
{
    private const long Demo = 5_150_705;

    public static TheoryData<IMessage, string> Requests =>
        new()
        {
            {
                new ProtoOAGetTrendbarsReq
                {
                    CtidTraderAccountId = Demo,
                    SymbolId = 1,
                    Period = (ProtoOATrendbarPeriod)99,
                },
                "INVALID_REQUEST"
            },
            {
                new ProtoOASubscribeLiveTrendbarReq
                {
                    CtidTraderAccountId = Demo,
                    SymbolId = 1,
                    Period = (ProtoOATrendbarPeriod)99,
                },
                "INVALID_REQUEST"
            },
            {
                new ProtoOAGetTickDataReq
                {
                    CtidTraderAccountId = Demo,
                    SymbolId = 1,
                    Type = (ProtoOAQuoteType)9,
                },
                "INVALID_REQUEST"
            },
            {
                new ProtoOAExpectedMarginReq
                {
                    CtidTraderAccountId = Demo,
                    SymbolId = 1,
                    Volume = { -100_000 },
                },
                "TRADING_BAD_VOLUME"
            },
            {
                new ProtoOAMarginCallUpdateReq
                {
                    CtidTraderAccountId = Demo,
                    MarginCall = new ProtoOAMarginCall
                    {
                        MarginCallType = ProtoOANotificationType.MarginLevelThreshold1,
                        MarginLevelThreshold = double.NaN,
                    },
                },
                "INVALID_REQUEST"
            },
            {
                new ProtoOADealListByPositionIdReq
                {
                    CtidTraderAccountId = Demo,
                    PositionId = 1,
                    FromTimestamp = 2,
                    ToTimestamp = 1,
                },
                "INCORRECT_BOUNDARIES"
            },
            {
                new ProtoOAOrderListByPositionIdReq
                {
                    CtidTraderAccountId = Demo,
                    PositionId = 1,
                    FromTimestamp = -1,
                },
                "INCORRECT_BOUNDARIES"
            },
        };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Whatever_is_wrong_with_them(IMessage request, string code)
    {
        var client = await LogInAsync();
        await client.AskAsync<ProtoOASubscribeSpotsRes>(
            new ProtoOASubscribeSpotsReq { CtidTraderAccountId = Demo, SymbolId = { 1 } }
        );
        await client.ExpectAsync<ProtoOASpotEvent>();

        await client.SendAsync(request, "bad");
        await client.SendAsync(new ProtoOAVersionReq(), "next");

        var answer = await client.NextAsync();
        answer.ClientMsgId.Should().Be("bad");
        Wire.Decode<ProtoOAErrorRes>(answer).ErrorCode.Should().Be(code);
        (await client.NextAsync()).ClientMsgId.Should().Be("next", "there is one answer to one request");
    }
}
