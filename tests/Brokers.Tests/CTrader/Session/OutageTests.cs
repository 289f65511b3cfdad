using FluentAssertions;
using Google.Protobuf;
using Trading.Brokers.Tests.CTrader.Peer;
using Trading.Domain.Events;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Session;

public sealed class OutageTests : IAsyncLifetime
{
    private readonly LinkUnderTest _it = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _it.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(24 * 60)]
    [InlineData(8 * 24 * 60)]
    public async Task What_happened_during_an_outage_becomes_events_once_however_long_it_was(int minutes)
    {
        const int deals = 250;
        const int movements = 5;
        var end = TimeProvider.System.GetUtcNow();
        var start = end.AddMinutes(-minutes);
        var step = TimeSpan.FromMinutes(minutes) / (deals + 1);
        _it.Account.Deals.AddRange(
            Enumerable.Range(1, deals).Select(i => DemoAccount.Deal(i, (start + (step * i)).ToUnixTimeMilliseconds()))
        );
        _it.Account.Movements.AddRange(Enumerable.Range(1, movements).Select(i => Deposit(i, start + (step * i * 49))));

        _it.Account.Trader.BalanceVersion = movements + 3;
        var up = await _it.Open(since: start).GetAsync<BrokerReport.LinkUp>();

        var then = up.Snapshot.Account with { BalanceVersion = 3 };
        var before = new BrokerReport.LinkUp(1, up.Snapshot with { Account = then, Deals = [], CashMovements = [] })
        {
            At = start.AddMinutes(-20),
        };
        var state = Fold(SessionState.Initial, SessionCases.Grant(DemoAccount.Id.ToString()), out _);
        state = Fold(state, SessionCases.Start(), out _);
        state = Fold(state, SessionCases.Observe(before), out _);
        state = Fold(
            state,
            SessionCases.Observe(new BrokerReport.LinkDown("away", "LINK_CLOSED", 1, false) { At = start }),
            out _
        );
        state = Fold(state, SessionCases.Observe(up), out var recovered);
        Fold(state, SessionCases.Observe(up), out var again);

        recovered
            .OfType<DealExecuted>()
            .Select(deal => int.Parse(deal.DealId))
            .Should()
            .BeEquivalentTo(Enumerable.Range(1, deals));
        recovered.OfType<FundsDeposited>().Should().HaveCount(movements);
        // What the state has forgotten by then, the log knows by the id that the content gives.
        var known = recovered.Select(IdOf).ToHashSet();
        again
            .Where(one => one is DealExecuted or FundsDeposited or BalanceChanged)
            .Should()
            .NotContain(one => !known.Contains(IdOf(one)));
    }

    [Theory]
    [InlineData(nameof(ProtoOAApplicationAuthReq))]
    [InlineData(nameof(ProtoOAAccountAuthReq))]
    [InlineData(nameof(ProtoOATraderReq))]
    [InlineData(nameof(ProtoOAAssetListReq))]
    [InlineData(nameof(ProtoOASymbolsListReq))]
    [InlineData(nameof(ProtoOAReconcileReq))]
    [InlineData(nameof(ProtoOADealListReq))]
    [InlineData(nameof(ProtoOAOrderListReq))]
    [InlineData(nameof(ProtoOACashFlowHistoryListReq))]
    [InlineData(nameof(ProtoOARefreshTokenReq))]
    public async Task A_request_that_is_never_answered_shows_as_stuck_and_goes_on_to_while_each_try_ends_so(
        string request
    )
    {
        _ = request switch
        {
            nameof(ProtoOAApplicationAuthReq) => _it.Broker.On<ProtoOAApplicationAuthReq>(_ => null),
            nameof(ProtoOAAccountAuthReq) => _it.Broker.On<ProtoOAAccountAuthReq>(_ => null),
            nameof(ProtoOATraderReq) => _it.Broker.On<ProtoOATraderReq>(_ => null),
            nameof(ProtoOAAssetListReq) => _it.Broker.On<ProtoOAAssetListReq>(_ => null),
            nameof(ProtoOASymbolsListReq) => _it.Broker.On<ProtoOASymbolsListReq>(_ => null),
            nameof(ProtoOAReconcileReq) => _it.Broker.On<ProtoOAReconcileReq>(_ => null),
            nameof(ProtoOADealListReq) => _it.Broker.On<ProtoOADealListReq>(_ => null),
            nameof(ProtoOAOrderListReq) => _it.Broker.On<ProtoOAOrderListReq>(_ => null),
            nameof(ProtoOACashFlowHistoryListReq) => _it.Broker.On<ProtoOACashFlowHistoryListReq>(_ => null),
            _ => _it.Broker.On<ProtoOARefreshTokenReq>(_ => null),
        };
        var soon = TimeProvider.System.GetUtcNow().AddMinutes(1);
        _it.Open(
            since: TimeProvider.System.GetUtcNow().AddHours(-1),
            credentials: request == nameof(ProtoOARefreshTokenReq) ? new("access-1", "refresh-1", soon) : null,
            timings: RecordedLink.Hasty with
            {
                Stuck = TimeSpan.FromMilliseconds(400),
                Request = TimeSpan.FromSeconds(1),
            }
        );

        await Eventually.Be(
            () => _it.Link.Vital is { State: VitalState.Stuck, Outside: true, Since: not null },
            TimeSpan.FromSeconds(10)
        );

        await _it.GetAsync<BrokerReport.LinkDown>();
        _it.Link.Vital!.State.Should().Be(VitalState.Stuck, "the next try hangs as the last one did");
    }

    private static EventId? IdOf(IMessage payload) =>
        EventIdentity.Of(StreamName.Of("session", SessionCases.User.Value), payload);

    private static SessionState Fold(SessionState state, SessionCommand command, out List<IMessage> events)
    {
        events = [];
        if (SessionDecider.Decide(state, command) is Decision.Accepted accepted)
        {
            foreach (var happened in accepted.Events)
            {
                events.Add(happened.Payload);
                state = SessionEvolve.Apply(state, happened.Payload, happened.At);
            }
        }

        return state;
    }

    private static ProtoOADepositWithdraw Deposit(int id, DateTimeOffset at) =>
        new()
        {
            BalanceHistoryId = id,
            OperationType = ProtoOAChangeBalanceType.BalanceDeposit,
            Balance = 500_00 + id,
            Delta = 1,
            ChangeBalanceTimestamp = at.ToUnixTimeMilliseconds(),
            BalanceVersion = id + 3,
            MoneyDigits = 2,
        };
}
