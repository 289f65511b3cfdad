using System.Text.Json;
using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.EventStore.InMemory;
using Trading.Projections.Accounts;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;
using Trading.TestKit;
using Trading.TestKit.Sessions;

namespace Trading.Projections.Tests.Kit;

/// <summary>A session that trades at random while prices move, and what a screen would have shown after each event.</summary>
internal sealed class TradedHistory
{
    private static readonly StreamName Feed = StreamName.Parse("feed-demo");
    private static readonly string[] Symbols = ["EURUSD", "USDJPY", "XAUUSD", "EURGBP", "GBPUSD"];

    private readonly Random _random;
    private readonly FakeClock _clock = new();
    private readonly SimulatedAccount _account = new();
    private readonly AccountProjection _rules = new();
    private readonly Dictionary<SymbolName, Quote> _prices = [];
    private SessionState _state = SessionState.Initial;
    private AccountView? _row;
    private Offset _folded;

    public TradedHistory(Random random)
    {
        _random = random;
        Journal = new(_clock);
        Market = new(_clock);
    }

    public InMemoryEventLog Journal { get; }

    public InMemoryTickLog Market { get; }

    public TimeProvider Clock => _clock;

    public AccountHistory Past => new(Journal, Journal, Market);

    public Moments Moments => new(Journal, Journal, _clock);

    /// <summary>What a screen showed right after each event of the journal; null before there was an account.</summary>
    public Dictionary<long, Shown?> Seen { get; } = new() { [0] = null };

    /// <summary>What a screen showed at each moment between the events.</summary>
    public List<(DateTimeOffset At, long Offset, Shown? Shown)> Between { get; } = [];

    /// <summary>What a screen shows of an account, as text.</summary>
    public sealed record Shown(string Account, string Positions)
    {
        public static Shown? Of(AccountView? row, Func<SymbolName, Quote?> prices)
        {
            if (row?.ValueAt(prices) is not { } worth)
            {
                return null;
            }

            // When the read model was written is of no interest, and what a past answer is for stands apart.
            var account = AccountAnswer.Of(row, worth) with
            {
                Cache = false,
                CacheTimestamp = 0,
            };
            var positions = PositionsAnswer.Of(row, worth) with { Cache = false, CacheTimestamp = 0 };
            return new(
                JsonSerializer.Serialize(account, AnswerJson.Default.AccountAnswer),
                JsonSerializer.Serialize(positions, AnswerJson.Default.PositionsAnswer)
            );
        }

        public static Shown? Of(PastAccount? past) =>
            Of(
                past?.View,
                symbol => past!.Prices.TryGetValue(symbol, out var p) ? new Quote(p.Tick.Bid, p.Tick.Ask) : null
            );
    }

    /// <summary>Starts the session and trades so many steps.</summary>
    public async Task TradeAsync(int steps)
    {
        await SendAsync(SessionCases.Grant());
        await SendAsync(SessionCases.Start());
        await SendAsync(SessionCases.Observe(_account.Up()));
        for (var i = 0; i < steps; i++)
        {
            // At one and the same microsecond nobody can say which came first, a tick or an event.
            Pass();
            if (_random.Next(3) > 0)
            {
                await TickAsync();
            }

            Pass();
            Between.Add((_clock.GetUtcNow(), (await Journal.HeadAsync(default)).Value, Shown.Of(_row, Price)));
            Pass();
            foreach (var report in Step())
            {
                await SendAsync(SessionCases.Observe(report));
            }
        }
    }

    private Quote? Price(SymbolName symbol) => _prices.TryGetValue(symbol, out var quote) ? quote : null;

    private void Pass() => _clock.Advance(TimeSpan.FromMicroseconds(_random.Next(1, 5_000_000)));

    private List<BrokerReport> Step() =>
        _random.Next(4) == 0
            ? _account.Open(
                _random.Next(2) == 0 ? Side.Buy : Side.Sell,
                _random.Next(1, 50) * 100_000,
                1m + (_random.Next(0, 20_000) / 100_000m),
                _random.Next(1, 6)
            )
            : RandomTrading.Step(_account, _random);

    private async Task TickAsync()
    {
        var claim = await Market.ClaimAsync(Feed, default);
        var ticks = Enumerable.Range(0, _random.Next(1, 6)).Select(_ => AnyTick()).ToArray();
        await Market.AppendAsync(Feed, claim.Epoch, ticks, default);
        foreach (var tick in ticks)
        {
            _prices[tick.Symbol] = new(tick.Bid, tick.Ask);
        }
    }

    private Tick AnyTick()
    {
        var bid = 1m + (_random.Next(0, 100_000) / 100_000m);
        return new(
            new(Symbols[_random.Next(Symbols.Length)]),
            Trading.Domain.Price.From(bid),
            Trading.Domain.Price.From(bid + 0.0002m),
            _clock.GetUtcNow().ToUnixTimeMilliseconds()
        );
    }

    private async Task SendAsync(SessionCommand command)
    {
        if (SessionDecider.Decide(_state, command) is not Decision.Accepted accepted)
        {
            return;
        }

        foreach (var happened in accepted.Events)
        {
            _state = SessionEvolve.Apply(_state, happened.Payload, happened.At);
        }

        await AppendAsync([.. accepted.Events.Select(happened => happened.Payload)]);
    }

    private async Task AppendAsync(IMessage[] payloads)
    {
        await Journal.AppendAsync(SessionCases.User, payloads);
        await foreach (var batch in Journal.ReadAsync(_folded, default))
        {
            foreach (var recorded in batch)
            {
                if (_rules.RouteOf(recorded) is not null)
                {
                    _row = _rules.Fold(_row, recorded);
                }

                _folded = recorded.Offset;
                Seen[recorded.Offset.Value] = Shown.Of(_row, Price);
            }
        }
    }
}
