using FluentAssertions;
using Trading.Brokers.Tests.CTrader.Peer;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Session;

public sealed class HostileBrokerTests : IAsyncLifetime
{
    private readonly LinkUnderTest _it = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _it.DisposeAsync();

    [Fact]
    public async Task A_session_that_the_broker_has_silently_forgotten_is_opened_again()
    {
        var forgotten = true;
        _it.Broker.On<ProtoOASubscribeSpotsReq>(_ =>
            forgotten
                ? DemoAccount.Refusal("INVALID_REQUEST", "Trading account is not authorized")
                : new ProtoOASubscribeSpotsRes { CtidTraderAccountId = DemoAccount.Id }
        );
        await _it.Open(symbols: ["EURUSD"]).GetAsync<BrokerReport.LinkUp>();

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be("INVALID_REQUEST");
        forgotten = false;

        await _it.GetAsync<BrokerReport.LinkUp>(2);
        _it.Account.Logins.Should().BeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task A_change_of_symbols_during_the_snapshot_is_not_forgotten()
    {
        _it.Broker.Do<ProtoOAReconcileReq>(
            async (peer, _, id) =>
            {
                await peer.SendAsync(new ProtoOASymbolChangedEvent { CtidTraderAccountId = DemoAccount.Id });
                await peer.SendAsync(new ProtoOAReconcileRes { CtidTraderAccountId = DemoAccount.Id }, id);
            }
        );

        await _it.Open().GetAsync<BrokerReport.LinkUp>();

        await _it.GetAsync<BrokerReport.SymbolsReported>();
    }

    [Fact]
    public async Task A_frame_that_only_drips_is_no_sign_of_life()
    {
        await _it.Open().GetAsync<BrokerReport.LinkUp>();
        _it.Broker.On<ProtoOAVersionReq>(_ => null);
        var peer = _it.Broker.Last;

        await peer.SendRawAsync([0, 1, 0, 0, 0x08]);
        var dripping = DripAsync(peer);

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be("LINK_SILENT");
        await dripping;
    }

    [Fact]
    public async Task Tokens_that_are_renewed_late_are_not_lost()
    {
        var late = TimeSpan.FromMilliseconds(900);
        var next = new ProtoOARefreshTokenRes
        {
            AccessToken = "access-2",
            TokenType = "bearer",
            ExpiresIn = 2_628_000,
            RefreshToken = "refresh-2",
        };
        var used = false;
        _it.Broker.Do<ProtoOARefreshTokenReq>(
            async (peer, _, id) =>
            {
                if (used)
                {
                    await peer.SendAsync(DemoAccount.Refusal("CH_ACCESS_TOKEN_INVALID", "Used before"), id);
                    return;
                }

                used = true;
                _it.Account.Tokens.Add("access-2");
                var answering = AnswerLateAsync(peer, id);
            }
        );

        _it.Open(
            credentials: new BrokerCredentials("stale", "refresh-1", null),
            timings: LinkUnderTest.Hasty with
            {
                Request = TimeSpan.FromMilliseconds(300),
            }
        );

        await _it.GetAsync<BrokerReport.LinkUp>();
        _it.Reports.OfType<BrokerReport.LinkRefused>().Should().BeEmpty("the refresh token works only once");
        _it.Reports.OfType<BrokerReport.CredentialsRenewed>().Should().ContainSingle();

        async Task AnswerLateAsync(BrokerPeer peer, string id)
        {
            using var timer = new PeriodicTimer(late);
            await timer.WaitForNextTickAsync();
            await peer.SendAsync(next, id);
        }
    }

    [Fact]
    public async Task A_renewal_without_a_token_overwrites_nothing()
    {
        _it.Broker.On<ProtoOARefreshTokenReq>(_ => new ProtoOARefreshTokenRes { TokenType = "bearer" });

        _it.Open(credentials: new BrokerCredentials("stale", "refresh-1", null));

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be("MALFORMED_ANSWER");
        _it.Reports.OfType<BrokerReport.CredentialsRenewed>().Should().BeEmpty();
    }

    [Fact]
    public async Task What_concerns_another_account_is_nobody_s_news_here()
    {
        await _it.Open().GetAsync<BrokerReport.LinkUp>();
        var peer = _it.Broker.Last;
        const long other = 4712;

        await peer.SendAsync(
            new ProtoOAExecutionEvent
            {
                CtidTraderAccountId = other,
                ExecutionType = ProtoOAExecutionType.OrderAccepted,
                Position = DemoAccount.Position(70),
            }
        );
        await peer.SendAsync(
            new ProtoOAExecutionEvent
            {
                CtidTraderAccountId = other,
                ExecutionType = ProtoOAExecutionType.DepositWithdraw,
                DepositWithdraw = new ProtoOADepositWithdraw { BalanceHistoryId = 1, Delta = 100 },
            }
        );
        await peer.SendAsync(new ProtoOAOrderErrorEvent { CtidTraderAccountId = other, ErrorCode = "NO_QUOTES" });
        await peer.SendAsync(new ProtoOATrailingSLChangedEvent { CtidTraderAccountId = other, PositionId = 70 });
        await peer.SendAsync(
            new ProtoOATraderUpdatedEvent { CtidTraderAccountId = other, Trader = _it.Account.Trader }
        );
        await peer.SendAsync(new ProtoOATraderUpdatedEvent { CtidTraderAccountId = DemoAccount.Id });
        await peer.SendAsync(new ProtoOAMarginChangedEvent { CtidTraderAccountId = DemoAccount.Id, PositionId = 1 });

        await _it.GetAsync<BrokerReport.MarginReported>();
        _it.Reports.Select(report => report.GetType().Name).Should().Equal("LinkOpening", "LinkUp", "MarginReported");
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-5)]
    [InlineData(0)]
    public async Task A_quote_at_an_absurd_moment_happened_now(long moment)
    {
        await _it.Open(symbols: ["EURUSD"]).GetAsync<BrokerReport.LinkUp>();
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        await _it.Broker.Last.SendAsync(
            new ProtoOASpotEvent
            {
                CtidTraderAccountId = DemoAccount.Id,
                SymbolId = DemoAccount.Eurusd,
                Bid = 110_120,
                Ask = 110_131,
                Timestamp = moment,
            }
        );

        await Eventually.Be(() => _it.Ticks.Count == 1);
        _it.Ticks.Single().TimestampMs.Should().BeInRange(before, before + 60_000);
    }

    [Fact]
    public async Task Money_of_more_decimals_than_there_can_be_is_unreadable()
    {
        await _it.Open().GetAsync<BrokerReport.LinkUp>();

        await _it.Broker.Last.SendAsync(
            new ProtoOAMarginChangedEvent
            {
                CtidTraderAccountId = DemoAccount.Id,
                PositionId = 1,
                UsedMargin = 5,
                MoneyDigits = 77,
            }
        );

        (await _it.GetAsync<BrokerReport.LinkDown>()).Code.Should().Be("UNREADABLE_EVENT");
        await _it.GetAsync<BrokerReport.LinkUp>(2);
    }

    [Fact]
    public async Task A_deal_at_an_absurd_moment_has_no_moment()
    {
        await _it.Open().GetAsync<BrokerReport.LinkUp>();

        await _it.Broker.Last.SendAsync(ConnectingTests.Filled(DemoAccount.Deal(700, long.MaxValue)));

        (await _it.GetAsync<BrokerReport.OrderStep>()).Deal!.ExecutedAtMs.Should().Be(0);
    }

    [Fact]
    public async Task Pages_of_history_that_never_end_end_where_nothing_is_on_them()
    {
        _it.Broker.On<ProtoOADealListReq>(_ => new ProtoOADealListRes
        {
            CtidTraderAccountId = DemoAccount.Id,
            HasMore = true,
        });

        _it.Open(since: TimeProvider.System.GetUtcNow().AddHours(-1));

        (await _it.GetAsync<BrokerReport.LinkUp>()).Snapshot.Deals.Should().BeEmpty();
        _it.Broker.Last.Count(ProtoOAPayloadType.ProtoOaDealListReq).Should().Be(1);
    }

    [Fact]
    public async Task A_symbol_is_called_as_its_broker_lists_it_and_by_its_number_when_nobody_could_write_its_name()
    {
        string[] names = ["EUR/USD", "eurusd", "GBPUSD_SB", " US30.cash ", "日経225", "nul\0", new('x', 257)];
        _it.Broker.On<ProtoOASymbolsListReq>(_ => new ProtoOASymbolsListRes
        {
            CtidTraderAccountId = DemoAccount.Id,
            Symbol =
            {
                names.Select(
                    (name, index) =>
                        new ProtoOALightSymbol
                        {
                            SymbolId = 51 + index,
                            SymbolName = name,
                            Enabled = true,
                        }
                ),
            },
        });

        var up = await _it.Open().GetAsync<BrokerReport.LinkUp>();

        up.Snapshot.Symbols.Symbols.Select(symbol => symbol.Name).Should().Equal([.. names[..5], "56", "57"]);
    }

    [Fact]
    public async Task A_symbol_that_is_taken_from_the_list_makes_no_more_ticks()
    {
        await _it.Open(symbols: ["EURUSD", "XAUUSD"]).GetAsync<BrokerReport.LinkUp>();
        var peer = _it.Broker.Last;
        await peer.SendAsync(Quote(DemoAccount.Xauusd));
        await Eventually.Be(() => _it.Ticks.Count == 1);
        _it.Broker.On<ProtoOASymbolsListReq>(_ => new ProtoOASymbolsListRes
        {
            CtidTraderAccountId = DemoAccount.Id,
            Symbol =
            {
                new ProtoOALightSymbol
                {
                    SymbolId = DemoAccount.Eurusd,
                    SymbolName = "EURUSD",
                    Enabled = true,
                },
                new ProtoOALightSymbol { SymbolId = 99, Enabled = true },
            },
        });
        await peer.SendAsync(new ProtoOASymbolChangedEvent { CtidTraderAccountId = DemoAccount.Id });
        var listed = await _it.GetAsync<BrokerReport.SymbolsReported>();

        await peer.SendAsync(Quote(DemoAccount.Xauusd));
        await peer.SendAsync(Quote(DemoAccount.Eurusd));

        await Eventually.Be(() => _it.Ticks.Any(tick => tick.Symbol.Value == "EURUSD"));
        _it.Ticks.Select(tick => tick.Symbol.Value).Should().Equal("XAUUSD", "EURUSD");
        listed
            .Symbols.Symbols.Should()
            .ContainSingle("nobody can ask for what has no name")
            .Which.Name.Should()
            .Be("EURUSD");
    }

    [Fact]
    public async Task Maintenance_that_ended_in_the_past_or_never_ends_is_waited_for_no_longer_than_any_other_try()
    {
        var ends = new Queue<ulong>([1, ulong.MaxValue / 2 + 1]);
        _it.Broker.On<ProtoOAApplicationAuthReq>(_ =>
            ends.TryDequeue(out var end)
                ? new ProtoErrorRes { ErrorCode = "SERVER_IS_UNDER_MAINTENANCE", MaintenanceEndTimestamp = end }
                : new ProtoOAApplicationAuthRes()
        );

        await _it.Open().GetAsync<BrokerReport.LinkUp>();

        _it.Reports.OfType<BrokerReport.LinkDown>().Should().HaveCount(2);
    }

    [Fact]
    public async Task An_account_that_is_logged_in_already_time_and_again_is_served()
    {
        _it.Broker.On<ProtoOAAccountAuthReq>(_ => DemoAccount.Refusal("ALREADY_LOGGED_IN"));
        await _it.Open().GetAsync<BrokerReport.LinkUp>();

        _it.Broker.Last.Drop();

        await _it.GetAsync<BrokerReport.LinkUp>(2);
    }

    [Fact]
    public async Task Positions_of_symbols_that_nobody_lists_are_named_by_number_however_many_there_are()
    {
        var strange = DemoAccount.Position(1);
        strange.TradeData.SymbolId = 12_345;
        _it.Account.Positions.AddRange(
            Enumerable
                .Range(0, 20_000)
                .Select(number =>
                {
                    var position = strange.Clone();
                    position.PositionId = number + 1;
                    return position;
                })
        );

        var up = await _it.Open().GetAsync<BrokerReport.LinkUp>();

        up.Snapshot.Positions.Should().HaveCount(20_000);
        up.Snapshot.Positions.Select(position => position.Value.Symbol).Distinct().Should().Equal("12345");
    }

    private static ProtoOASpotEvent Quote(long symbol) =>
        new()
        {
            CtidTraderAccountId = DemoAccount.Id,
            SymbolId = symbol,
            Bid = 110_120,
            Ask = 110_131,
            Timestamp = DemoAccount.Start,
        };

    private static async Task DripAsync(BrokerPeer peer)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var drops = 0; drops < 800 && !peer.Closed; drops++)
        {
            await timer.WaitForNextTickAsync();
            try
            {
                await peer.SendRawAsync([0]);
            }
            catch (Exception closed) when (closed is IOException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
