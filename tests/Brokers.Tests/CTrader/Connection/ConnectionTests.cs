using System.Collections.Concurrent;
using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.Tests.CTrader.Peer;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Connection;

public sealed class ConnectionTests : IAsyncLifetime
{
    private static readonly LinkTimings Patient = new();
    private static readonly LinkTimings Hasty = new()
    {
        Heartbeat = TimeSpan.FromMilliseconds(200),
        Probe = TimeSpan.FromMilliseconds(300),
        Dead = TimeSpan.FromMilliseconds(1500),
        Request = TimeSpan.FromSeconds(1),
        Watch = TimeSpan.FromMilliseconds(50),
    };

    private readonly TestAuthority _authority = new();
    private readonly RecordingReceiver _receiver = new();
    private readonly ScriptedBroker _broker;
    private CTraderConnection? _connection;

    public ConnectionTests() => _broker = new ScriptedBroker(_authority.Issue());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        await _broker.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_request_gets_its_answer()
    {
        _broker.On<ProtoOAVersionReq>(_ => new ProtoOAVersionRes { Version = "91" });
        var connection = await ConnectAsync(Patient);

        var outcome = await connection.RequestAsync(new ProtoOAVersionReq(), CancellationToken.None);

        var answer = outcome.Should().BeOfType<RequestOutcome.Answered>().Subject;
        ProtoOAVersionRes.Parser.ParseFrom(answer.Payload.Span).Version.Should().Be("91");
    }

    [Fact]
    public async Task Answers_may_come_in_any_order()
    {
        var swallowed = new ConcurrentQueue<(long Account, string Id)>();
        _broker.Do<ProtoOATraderReq>(
            async (peer, request, id) =>
            {
                swallowed.Enqueue((request.CtidTraderAccountId, id));
                if (swallowed.Count == 20)
                {
                    foreach (var (account, earlier) in swallowed.Reverse())
                    {
                        await peer.SendAsync(Trader(account), earlier);
                    }
                }
            }
        );
        var connection = await ConnectAsync(Patient);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(1, 20)
                .Select(account =>
                    connection.RequestAsync(
                        new ProtoOATraderReq { CtidTraderAccountId = account },
                        CancellationToken.None
                    )
                )
        );

        answers
            .Cast<RequestOutcome.Answered>()
            .Select(answer => ProtoOATraderRes.Parser.ParseFrom(answer.Payload.Span).CtidTraderAccountId)
            .Should()
            .Equal(Enumerable.Range(1, 20).Select(account => (long)account));
    }

    [Fact]
    public async Task An_event_with_the_request_s_id_is_an_event_and_not_the_answer()
    {
        _broker.Do<ProtoOATraderReq>(
            async (peer, request, id) =>
            {
                await peer.SendAsync(new ProtoOAMarginChangedEvent { PositionId = 7, UsedMargin = 1 }, id);
                await peer.SendAsync(Trader(request.CtidTraderAccountId), id);
            }
        );
        var connection = await ConnectAsync(Patient);

        var outcome = await connection.RequestAsync(
            new ProtoOATraderReq { CtidTraderAccountId = 5 },
            CancellationToken.None
        );

        outcome.Should().BeOfType<RequestOutcome.Answered>().Which.PayloadType.Should().Be(2122);
        await Eventually.Be(() => _receiver.Messages.Contains(2141u));
    }

    [Fact]
    public async Task An_order_is_answered_by_its_first_event_which_is_passed_on_as_well()
    {
        _broker.On<ProtoOANewOrderReq>(_ => new ProtoOAExecutionEvent
        {
            CtidTraderAccountId = 1,
            ExecutionType = ProtoOAExecutionType.OrderAccepted,
        });
        var connection = await ConnectAsync(Patient);

        var outcome = await connection.RequestAsync(new ProtoOANewOrderReq(), CancellationToken.None);

        outcome.Should().BeOfType<RequestOutcome.Answered>().Which.PayloadType.Should().Be(2126);
        await Eventually.Be(() => _receiver.Messages.Contains(2126u));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(2142)]
    [InlineData(2132)]
    public async Task Each_shape_of_refusal_ends_the_request_it_belongs_to(int shape)
    {
        _broker.On<ProtoOANewOrderReq>(_ =>
            shape switch
            {
                50 => new ProtoErrorRes { ErrorCode = "UNSUPPORTED_MESSAGE" },
                2142 => new ProtoOAErrorRes { ErrorCode = "UNSUPPORTED_MESSAGE" },
                _ => new ProtoOAOrderErrorEvent { ErrorCode = "UNSUPPORTED_MESSAGE", CtidTraderAccountId = 1 },
            }
        );
        var connection = await ConnectAsync(Patient);

        var outcome = await connection.RequestAsync(new ProtoOANewOrderReq(), CancellationToken.None);

        outcome.Should().BeOfType<RequestOutcome.Failed>().Which.Error.Reaction.Should().Be(ErrorReaction.Fix);
    }

    [Fact]
    public async Task Frames_cut_into_single_bytes_and_frames_stuck_together_all_arrive()
    {
        var connection = await ConnectAsync(Patient);
        await Eventually.Be(() => !_broker.Peers.IsEmpty);
        byte[] stream =
        [
            .. Enumerable
                .Range(1, 50)
                .SelectMany(symbol => BrokerPeer.Frame(new ProtoOASpotEvent { SymbolId = symbol, Bid = 1 })),
        ];

        foreach (var part in stream.Take(200))
        {
            await _broker.Last.SendRawAsync([part]);
        }

        await _broker.Last.SendRawAsync(stream[200..]);

        await Eventually.Be(() => _receiver.Quotes.Count == 50);
        _receiver.Quotes.Select(quote => quote.SymbolId).Should().Equal(Enumerable.Range(1, 50).Select(id => (long)id));
        connection.Ended.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task A_frame_larger_than_any_buffer_arrives()
    {
        _broker.On<ProtoOASymbolsListReq>(_ =>
        {
            var list = new ProtoOASymbolsListRes { CtidTraderAccountId = 1 };
            list.Symbol.AddRange(
                Enumerable
                    .Range(1, 5000)
                    .Select(id => new ProtoOALightSymbol { SymbolId = id, Description = new string('x', 100) })
            );
            return list;
        });
        var connection = await ConnectAsync(Patient);

        var outcome = await connection.RequestAsync(new ProtoOASymbolsListReq(), CancellationToken.None);

        var answer = outcome.Should().BeOfType<RequestOutcome.Answered>().Subject;
        ProtoOASymbolsListRes.Parser.ParseFrom(answer.Payload.Span).Symbol.Should().HaveCount(5000);
    }

    [Fact]
    public async Task An_oversized_frame_ends_the_connection()
    {
        var connection = await ConnectAsync(Patient);
        await Eventually.Be(() => !_broker.Peers.IsEmpty);

        await _broker.Last.SendRawAsync([0x7F, 0xFF, 0xFF, 0xFF, 1, 2, 3]);

        (await EndAsync(connection)).Kind.Should().Be(LinkFaultKind.BadFrame);
    }

    [Fact]
    public async Task Garbage_ends_the_connection()
    {
        var connection = await ConnectAsync(Patient);
        await Eventually.Be(() => !_broker.Peers.IsEmpty);

        await _broker.Last.SendRawAsync([
            .. BrokerPeer.Frame(new ProtoOASpotEvent { SymbolId = 1, Bid = 1 }),
            .. new byte[] { 0, 0, 0, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF },
        ]);

        (await EndAsync(connection)).Kind.Should().Be(LinkFaultKind.BadFrame);
        _receiver.Delivered.Should().Be(1, "what came before it was good");
    }

    [Fact]
    public async Task Empty_frames_and_unknown_types_are_passed_over()
    {
        _broker.On<ProtoOAVersionReq>(_ => new ProtoOAVersionRes { Version = "91" });
        var connection = await ConnectAsync(Patient);
        await Eventually.Be(() => !_broker.Peers.IsEmpty);

        await _broker.Last.SendRawAsync([0, 0, 0, 0]);
        await _broker.Last.SendRawAsync([0, 0, 0, 3, 0x08, 0xFF, 0x7E]);

        (await connection.RequestAsync(new ProtoOAVersionReq(), CancellationToken.None))
            .Should()
            .BeOfType<RequestOutcome.Answered>();
    }

    [Fact]
    public async Task A_request_without_an_answer_fails_in_time_and_harms_no_other()
    {
        _broker.On<ProtoOATraderReq>(_ => null).On<ProtoOAVersionReq>(_ => new ProtoOAVersionRes { Version = "91" });
        var connection = await ConnectAsync(Hasty);

        var outcome = await connection.RequestAsync(new ProtoOATraderReq(), CancellationToken.None);

        outcome.Should().BeOfType<RequestOutcome.Failed>().Which.Error.Code.Should().Be(BrokerError.TimedOutCode);
        (await connection.RequestAsync(new ProtoOAVersionReq(), CancellationToken.None))
            .Should()
            .BeOfType<RequestOutcome.Answered>();
    }

    [Fact]
    public async Task A_lost_connection_fails_everything_that_waits_and_everything_that_comes_later()
    {
        var connection = await ConnectAsync(Patient);
        var waiting = Enumerable
            .Range(0, 100)
            .Select(_ => connection.RequestAsync(new ProtoOATraderReq(), CancellationToken.None))
            .ToArray();
        await Eventually.Be(() => !_broker.Peers.IsEmpty && !_broker.Last.Received.IsEmpty);

        _broker.Last.Drop();

        var outcomes = await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(10));
        outcomes
            .Append(await connection.RequestAsync(new ProtoOATraderReq(), CancellationToken.None))
            .Should()
            .AllSatisfy(outcome =>
                outcome
                    .Should()
                    .BeOfType<RequestOutcome.Failed>()
                    .Which.Error.Code.Should()
                    .Be(BrokerError.LinkLostCode)
            );
        (await EndAsync(connection)).Kind.Should().Be(LinkFaultKind.Closed);
    }

    [Fact]
    public async Task An_order_lost_with_the_connection_must_be_looked_into()
    {
        var connection = await ConnectAsync(Patient);
        var order = connection.RequestAsync(new ProtoOANewOrderReq(), CancellationToken.None);
        await Eventually.Be(() => !_broker.Peers.IsEmpty && !_broker.Last.Received.IsEmpty);

        _broker.Last.Drop();

        (await order).Should().BeOfType<RequestOutcome.Failed>().Which.Error.Reaction.Should().Be(ErrorReaction.Look);
    }

    [Fact]
    public async Task Heartbeats_go_out_while_nothing_else_does()
    {
        await ConnectAsync(Hasty);

        await Eventually.Be(() => !_broker.Peers.IsEmpty && _broker.Last.Received.Count(m => m.PayloadType == 51) >= 3);
    }

    [Fact]
    public async Task A_silent_broker_is_asked_and_kept_while_it_answers()
    {
        _broker.On<ProtoOAVersionReq>(_ => new ProtoOAVersionRes { Version = "91" });
        var connection = await ConnectAsync(Hasty);
        connection.AllowProbes();

        await Eventually.Be(() =>
            !_broker.Peers.IsEmpty && _broker.Last.Count(ProtoOAPayloadType.ProtoOaVersionReq) >= 4
        );

        connection.Ended.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task A_stalled_broker_is_given_up_in_time()
    {
        var connection = await ConnectAsync(Hasty);
        connection.AllowProbes();
        var watch = Stopwatch.StartNew();

        (await EndAsync(connection)).Kind.Should().Be(LinkFaultKind.Silent);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_slow_receiver_slows_the_socket_and_is_not_taken_for_a_dead_broker()
    {
        var connection = await ConnectAsync(Hasty);
        connection.AllowProbes();
        await Eventually.Be(() => !_broker.Peers.IsEmpty);
        _receiver.Gate = new TaskCompletionSource();

        await _broker.Last.SendAsync(new ProtoOASpotEvent { SymbolId = 1, Bid = 1 });
        await Eventually.Be(() => _receiver.Waiting);
        // Longer than a dead broker is given.
        await Eventually.Be(() => _broker.Last.Received.Count(message => message.PayloadType == 51) >= 12);

        connection.Ended.IsCompleted.Should().BeFalse();
        _receiver.Gate.SetResult();
    }

    [Fact]
    public async Task Requests_leave_no_faster_than_the_broker_allows()
    {
        _broker.On<ProtoOATraderReq>(request => Trader(request.CtidTraderAccountId));
        var connection = await ConnectAsync(Patient);
        var watch = Stopwatch.StartNew();

        await Task.WhenAll(
            Enumerable.Range(0, 60).Select(_ => connection.RequestAsync(new ProtoOATraderReq(), CancellationToken.None))
        );

        watch.Elapsed.Should().BeGreaterThan(TimeSpan.FromMilliseconds(990));
    }

    private static Task<LinkFault> EndAsync(CTraderConnection connection) =>
        connection.Ended.WaitAsync(TimeSpan.FromSeconds(10));

    private static ProtoOATraderRes Trader(long account) =>
        new()
        {
            CtidTraderAccountId = account,
            Trader = new ProtoOATrader { CtidTraderAccountId = account },
        };

    private async Task<CTraderConnection> ConnectAsync(LinkTimings timings)
    {
        var dial = (DialOutcome.Connected)
            await new TlsDialer(
                new BrokerAddress("localhost", _broker.Port),
                new TlsTrust(_authority.PemFile),
                TimeSpan.FromSeconds(10),
                TimeProvider.System
            ).DialAsync(CancellationToken.None);
        _connection = new CTraderConnection(
            dial.Stream,
            _receiver,
            "t-",
            timings,
            TimeProvider.System,
            NullLogger.Instance
        );
        return _connection;
    }
}
