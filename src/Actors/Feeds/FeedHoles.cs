using System.Threading.Channels;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Feeds;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>Makes events of the breaks that the recorder sees: a hole opens at once, and closes when every symbol has ticked
/// again, or when quotes have flowed for so long that the others had their chance.</summary>
internal sealed class FeedHoles(
    BrokerEnvironment feed,
    TickRecorder recorder,
    FeedLedger ledger,
    ITickLog log,
    Func<bool> needed,
    Func<bool> covered,
    ShellEnvironment environment
)
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_justBefore = TimeSpan.FromMinutes(5);

    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    private long? _coveredSince;
    private long _working;

    /// <summary>Something may have changed.</summary>
    public void Wake() => _news.Writer.TryWrite(true);

    /// <summary>What the last life of this process left: a hole that stood open, and the time nobody was there at all.
    /// </summary>
    public async Task TakeUpAsync(CancellationToken cancellation)
    {
        IReadOnlyList<Tick> unanswered = [];
        if (ledger.Current.Open is { } open)
        {
            var next = await NextTicksAsync(open, cancellation);
            unanswered = [.. open.Symbols.Where(one => !next.ContainsKey(one.Symbol)).Select(TickOf)];
            await CloseAsync(open.Hole, [.. open.Symbols.Select(TickOf)], next, cancellation);
        }

        recorder.BeginAfterRestart(unanswered, s_justBefore);
    }

    /// <summary>Follows until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var open = await FollowAsync(cancellation);
            await using var again = open
                ? environment.Time.CreateTimer(_ => Wake(), null, s_look, Timeout.InfiniteTimeSpan)
                : null;
            await _news.Reader.ReadAsync(cancellation);
        }
    }

    /// <summary>One look. True when there is something to look at again.</summary>
    private async Task<bool> FollowAsync(CancellationToken cancellation)
    {
        _coveredSince = covered() ? _coveredSince ?? environment.Time.GetTimestamp() : null;
        if (recorder.OldestBreak is not { } oldest)
        {
            return false;
        }

        if (ledger.Current.Open is { } open)
        {
            _working = open.Hole;
            return await MayCloseAsync(open.Hole, oldest, cancellation);
        }

        if (_working != 0 && ledger.Current.Holes == _working)
        {
            // It was closed, only the answer was lost.
            Done();
            return true;
        }

        if (!needed())
        {
            return false;
        }

        var command = new FeedCommand.OpenHole(
            feed,
            oldest.Reason,
            [.. oldest.Symbols.Select(symbol => QuoteOf(symbol.Last))],
            oldest.Written.Value
        )
        {
            At = environment.Time.GetUtcNow(),
        };
        if (await ledger.SendAsync(command, cancellation))
        {
            environment.Metrics.HolesOpened.Add(1);
            ActorLog.HoleOpened(environment.Logger, ledger.Stream, oldest.Reason, oldest.Symbols.Count);
            Wake();
        }

        return true;
    }

    private async Task<bool> MayCloseAsync(long hole, BreakView oldest, CancellationToken cancellation)
    {
        var hadTheirChance =
            _coveredSince is { } since
            && environment.Time.GetElapsedTime(since) >= environment.Options.HoleClosesWithin;
        if (oldest.Waiting > 0 && !hadTheirChance)
        {
            return true;
        }

        var now = environment.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var next = oldest.Symbols.ToDictionary(symbol => symbol.Last.Symbol.Value, symbol => symbol.NextMs ?? now);
        if (await CloseAsync(hole, [.. oldest.Symbols.Select(symbol => symbol.Last)], next, cancellation))
        {
            Done();
            Wake();
        }

        return true;
    }

    private void Done()
    {
        _working = 0;
        recorder.RemoveBreak();
    }

    private async Task<bool> CloseAsync(
        long hole,
        IReadOnlyList<Tick> last,
        IReadOnlyDictionary<string, long> next,
        CancellationToken cancellation
    )
    {
        var ranges = last.Where(tick => next.ContainsKey(tick.Symbol.Value))
            .Select(tick => new MissedRange
            {
                Symbol = tick.Symbol.Value,
                FromMs = tick.TimestampMs,
                ToMs = next[tick.Symbol.Value],
            })
            .OrderBy(range => range.Symbol, StringComparer.Ordinal);
        var command = new FeedCommand.CloseHole(hole, [.. ranges]) { At = environment.Time.GetUtcNow() };
        return await ledger.SendAsync(command, cancellation);
    }

    // The process died between the first ticks after a hole and the word about them.
    private async Task<Dictionary<string, long>> NextTicksAsync(FeedHoleOpened open, CancellationToken cancellation)
    {
        var last = open.Symbols.ToDictionary(one => one.Symbol, one => one.TimestampMs);
        var next = new Dictionary<string, long>();
        var from = Math.Min(open.MarketOffset, (await log.HeadAsync(cancellation)).Value);
        await foreach (var block in log.ReadAsync(new(from), cancellation))
        {
            if (block.Stream != recorder.Stream)
            {
                continue;
            }

            foreach (ref readonly var tick in block.Ticks.Span)
            {
                if (last.TryGetValue(tick.Symbol.Value, out var before) && tick.TimestampMs > before)
                {
                    next.TryAdd(tick.Symbol.Value, tick.TimestampMs);
                }
            }

            if (next.Count == last.Count)
            {
                break;
            }
        }

        return next;
    }

    private static Tick TickOf(QuoteBeforeHole quote) =>
        new(new(quote.Symbol), Price.From(quote.Bid.ToDecimal()), Price.From(quote.Ask.ToDecimal()), quote.TimestampMs);

    private static QuoteBeforeHole QuoteOf(Tick tick) =>
        new()
        {
            Symbol = tick.Symbol.Value,
            Bid = tick.Bid.ToDecimal().ToEvent(),
            Ask = tick.Ask.ToDecimal().ToEvent(),
            TimestampMs = tick.TimestampMs,
        };
}

/// <summary>A break as it stands at one moment.</summary>
internal sealed record BreakView(
    string Reason,
    Offset Written,
    int Waiting,
    IReadOnlyList<(Tick Last, long? NextMs)> Symbols
);
