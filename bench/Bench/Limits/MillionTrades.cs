using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore;

namespace Trading.Bench.Limits;

/// <summary>A journal with one account's million events as trading makes them: orders, fills, deals, positions that open and
/// close, margins, swaps, balances, each with the broker's own words; and prices.</summary>
internal static class MillionTrades
{
    public const int Count = 1_000_000;
    private const int Batch = 4_000;
    private const int EventsOfATrade = 8;
    private const string Symbol = "EURUSD";

    public static async Task WriteAsync(PostgresLogs logs, CancellationToken cancellation)
    {
        var now = TimeProvider.System.GetUtcNow() - (Count * MillionEvents.Apart);
        var feed = MarketStreams.FeedOf(BrokerEnvironment.Demo);
        var claim = await logs.Market.ClaimAsync(feed, cancellation);
        Tick[] ticks = [new(new(Symbol), Price.From(1.1m), Price.From(1.1002m), now.ToUnixTimeMilliseconds())];
        await logs.Market.AppendAsync(feed, claim.Epoch, ticks, cancellation);
        var written = 0;
        while (written < Count)
        {
            var from = written;
            var events = Enumerable
                .Range(from, Math.Min(Batch, Count - from))
                .Select(number => (Number: number, At: now + (number * MillionEvents.Apart)))
                .Select(next => EventEnvelope.Of(EventOf(next.Number), next.At, MillionEvents.User))
                .ToArray();
            var outcome = await logs.Journal.AppendAsync(
                new()
                {
                    Stream = MillionEvents.Stream,
                    ExpectedVersion = new(written),
                    Events = events,
                },
                cancellation
            );
            written +=
                outcome is AppendOutcome.Appended
                    ? events.Length
                    : throw new InvalidOperationException($"Not appended: {outcome}");
        }
    }

    // Three positions are open at any time: a trade closes the one opened three trades before.
    private static IMessage EventOf(int number) =>
        number switch
        {
            0 => new AccountSelected { AccountId = SampleEvents.Account, Environment = BrokerEnvironment.Demo },
            1 => SampleEvents.Described(),
            2 => new SymbolsListed
            {
                AccountId = SampleEvents.Account,
                Symbols =
                {
                    new SymbolSpecification
                    {
                        Name = Symbol,
                        BaseAsset = "EUR",
                        QuoteAsset = "USD",
                    },
                },
            },
            _ => StepOf(number / EventsOfATrade, number % EventsOfATrade),
        };

    private static IMessage StepOf(int trade, int step) =>
        step switch
        {
            0 => new OrderAccepted
            {
                AccountId = SampleEvents.Account,
                Order = OrderOf(trade, 0),
                Source = Source,
            },
            1 => new OrderFilled
            {
                AccountId = SampleEvents.Account,
                Order = OrderOf(trade, 100_000),
                DealId = $"d{trade}",
                Complete = true,
                Source = Source,
            },
            2 => new DealExecuted
            {
                AccountId = SampleEvents.Account,
                DealId = $"d{trade}",
                OrderId = $"o{trade}",
                Symbol = Symbol,
                Source = Source,
            },
            3 => new PositionOpened
            {
                AccountId = SampleEvents.Account,
                Position = new()
                {
                    PositionId = $"p{trade}",
                    Symbol = Symbol,
                    Side = Side.Buy,
                    Volume = 100_000,
                    Price = 1.09m.ToEvent(),
                    Swap = 0m.ToEvent(),
                    Commission = 0m.ToEvent(),
                },
                Source = Source,
            },
            4 => new MarginChanged
            {
                AccountId = SampleEvents.Account,
                PositionId = $"p{trade}",
                UsedMargin = 10m.ToEvent(),
                Source = Source,
            },
            5 => new SwapCharged
            {
                AccountId = SampleEvents.Account,
                PositionId = $"p{trade}",
                Swap = (-0.01m).ToEvent(),
                Source = Source,
            },
            6 => new PositionClosed
            {
                AccountId = SampleEvents.Account,
                PositionId = $"p{trade - 3}",
                Cause = "deal",
                Source = Source,
            },
            _ => SampleEvents.Balance(trade),
        };

    private static BrokerMessage Source { get; } =
        new() { Type = "ProtoOAExecutionEvent", Body = ByteString.CopyFrom(new byte[48]) };

    private static OrderDetails OrderOf(int trade, long executed) =>
        new()
        {
            OrderId = $"o{trade}",
            Symbol = Symbol,
            Side = Side.Buy,
            Type = "market",
            Volume = 100_000,
            ExecutedVolume = executed,
        };
}
