using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.EventStore.Tests;

/// <summary>Things to append.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Noon = new(2025, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private static int _streams;

    public static StreamName Stream(string category = "account") =>
        StreamName.Of(category, $"{Interlocked.Increment(ref _streams)}-{Guid.NewGuid():N}");

    public static readonly UserKey Trader = UserKey.Of("trader@example.com");

    public static EventEnvelope Event(long number = 1, EventId? id = null, IMessage? payload = null) =>
        new()
        {
            Id = id ?? EventId.New(Noon),
            Payload =
                payload
                ?? new BalanceChanged
                {
                    AccountId = "42",
                    Balance = new DecimalValue { Unscaled = number, Scale = 2 },
                    Cause = BalanceCause.Deal,
                    CauseId = $"deal {number}",
                },
            OccurredAt = Noon.AddMilliseconds(number),
            CorrelationId = Guid.NewGuid(),
            CausationId = Guid.NewGuid(),
            User = Trader,
        };

    public static EventEnvelope[] Events(int count, long from = 1) =>
        [.. Enumerable.Range(0, count).Select(i => Event(from + i))];

    public static AppendRequest Request(StreamName stream, long? expected = null, int count = 1) =>
        new()
        {
            Stream = stream,
            ExpectedVersion = expected is { } version ? new(version) : null,
            Events = Events(count),
        };

    public static Tick[] Ticks(Random random, int count, int symbols = 3)
    {
        var names = Enumerable.Range(0, symbols).Select(i => new SymbolName($"SYM{i:000}")).ToArray();
        var bids = names.Select((_, i) => 100_000L + (i * 1_000)).ToArray();
        var time = Noon.ToUnixTimeMilliseconds();
        var ticks = new Tick[count];
        for (var i = 0; i < count; i++)
        {
            var symbol = random.Next(symbols);
            bids[symbol] += random.Next(-3, 4);
            time += random.Next(0, 200);
            ticks[i] = new(
                names[symbol],
                Price.FromHundredThousandths(bids[symbol]),
                Price.FromHundredThousandths(bids[symbol] + random.Next(1, 5)),
                time
            );
        }

        return ticks;
    }

    public static async Task<AppendOutcome.Appended> AppendedAsync(this IEventLog log, AppendRequest request) =>
        (AppendOutcome.Appended)await log.AppendAsync(request, CancellationToken.None);

    public static async Task<List<RecordedEvent>> ReadAllAsync(this IEventLog log, Offset after = default)
    {
        var all = new List<RecordedEvent>();
        await foreach (var page in log.ReadAsync(after, CancellationToken.None))
        {
            all.AddRange(page);
        }

        return all;
    }

    public static async Task<List<RecordedEvent>> ReadAllAsync(this IEventLog log, StreamName stream, long after = 0)
    {
        var all = new List<RecordedEvent>();
        await foreach (var recorded in log.ReadStreamAsync(stream, new(after), CancellationToken.None))
        {
            all.Add(recorded);
        }

        return all;
    }

    public static async Task<List<PastEvent>> ReplayAllAsync(this IEventLog log, StreamName stream, long after = 0)
    {
        var all = new List<PastEvent>();
        await foreach (var page in log.ReplayAsync(stream, new(after), CancellationToken.None))
        {
            all.AddRange(page);
        }

        return all;
    }

    /// <summary>Follows a log until it has given a number of events.</summary>
    public static async Task<List<RecordedEvent>> FollowAsync(
        this IEventLog log,
        Offset after,
        int count,
        TimeSpan? patience = null
    )
    {
        using var limit = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(30));
        var all = new List<RecordedEvent>();
        await foreach (var page in log.SubscribeAsync(after, limit.Token))
        {
            all.AddRange(page);
            if (all.Count >= count)
            {
                break;
            }
        }

        return all;
    }
}
