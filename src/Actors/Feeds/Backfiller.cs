using System.Threading.Channels;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Feeds;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>Asks for the ticks that were missed and puts them into the market log, one range after the other and each tick
/// once: what an earlier life has written is found by reading it, and a life that was not ended by itself is fenced.</summary>
internal sealed class Backfiller(
    StreamName stream,
    ITickLog log,
    TickRecorder recorder,
    FeedLedger ledger,
    Func<HistorySource?> history,
    ShellEnvironment environment
)
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);
    private static readonly long s_shortestSliceMs = 1_000;

    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    private readonly Dictionary<string, int> _refusals = [];
    private Epoch? _epoch;

    /// <summary>Beats with every answer, write and note.</summary>
    public Pulse Pulse { get; } = new(environment.Time, environment.Options.StuckAfter);

    /// <summary>There may be something to fill, or somebody to ask.</summary>
    public void Wake() => _news.Writer.TryWrite(true);

    /// <summary>Fills until cancelled, or until a later owner fills.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var after = ledger.Current.Pending.IsEmpty
                    ? null
                    : await Pulse.WatchAsync(new ValueTask<TimeSpan?>(FillAsync(cancellation)));
                await using var again = after is { } pause
                    ? environment.Time.CreateTimer(_ => Wake(), null, pause, Timeout.InfiniteTimeSpan)
                    : null;
                await _news.Reader.ReadAsync(cancellation);
            }
            catch (BackfillFencedException)
            {
                return;
            }
            // Whatever it was, what is in the log tells where to go on.
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                _epoch = null;
                ActorLog.BackfillFailed(environment.Logger, stream, s_retry, failure);
                await Task.Delay(s_retry, environment.Time, cancellation);
            }
        }
    }

    /// <summary>Fills what can be filled now. Gives the time after which to try again; null to wait for news.</summary>
    private async Task<TimeSpan?> FillAsync(CancellationToken cancellation)
    {
        var epoch = _epoch ??= (await log.ClaimAsync(stream, cancellation)).Epoch;
        while (ledger.Current.Pending.FirstOrDefault() is { } missed)
        {
            var there = await WhatIsThereAsync(missed, cancellation);
            foreach (var range in missed.Left)
            {
                if (history() is not { } source)
                {
                    return null;
                }

                var last = QuoteBefore(missed, range);
                var settled = ledger.Current.Settled.GetValueOrDefault(range.Symbol);
                var fill = new RangeFill(missed.Opened.Hole, range, last, there.Of(range.Symbol), settled);
                if (!await FillAsync(fill, source, epoch, cancellation))
                {
                    return s_retry;
                }
            }
        }

        return null;
    }

    // False when it is to be tried again later.
    private async Task<bool> FillAsync(
        RangeFill fill,
        HistorySource source,
        Epoch epoch,
        CancellationToken cancellation
    )
    {
        var now = environment.Time.GetUtcNow();
        var oldest = (now - environment.Options.BackfillReach).ToUnixTimeMilliseconds();
        if (source.History is null)
        {
            return await LoseAsync(fill, fill.Range.ToMs, "NO_TICK_HISTORY", cancellation);
        }

        if (fill.FromMs < oldest && !await LoseAsync(fill, Math.Min(oldest, fill.Range.ToMs), "TOO_OLD", cancellation))
        {
            return false;
        }

        var slice = fill.Range.ToMs - fill.FromMs;
        while (fill.FromMs < fill.Range.ToMs - 1)
        {
            var to = Math.Min(fill.FromMs + slice, fill.Range.ToMs - 1);
            switch (
                await source.History.ReadTicksAsync(
                    fill.Last,
                    fill.FromMs + 1,
                    to,
                    environment.Options.BackfillTicksAtOnce,
                    Pulse.Advance,
                    cancellation
                )
            )
            {
                case PastTicks.Found found:
                    await WriteAsync(fill, found.Ticks, to, epoch, cancellation);
                    break;
                case PastTicks.TooMany when slice > s_shortestSliceMs:
                    slice /= 2;
                    break;
                case PastTicks.TooMany:
                    await LoseAsync(fill, to, "TOO_MANY_TICKS", cancellation);
                    break;
                case PastTicks.Refused refused:
                    return await RefusedAsync(fill, refused.Code, cancellation);
                default:
                    return false;
            }

            if (fill.Count > environment.Options.BackfillTicksOfRange)
            {
                return await LoseAsync(fill, fill.Range.ToMs, "TOO_MANY_TICKS", cancellation);
            }
        }

        return await NoteAsync(fill, fill.Range.ToMs, cancellation);
    }

    // A broker that refuses once may answer the next time; one that refuses again and again does not keep these ticks.
    private async Task<bool> RefusedAsync(RangeFill fill, string code, CancellationToken cancellation)
    {
        var key = $"{fill.Hole}/{fill.Range.Symbol}";
        var times = _refusals[key] = _refusals.GetValueOrDefault(key) + 1;
        if (times < environment.Options.BackfillTries)
        {
            return false;
        }

        _refusals.Remove(key);
        return await LoseAsync(fill, fill.Range.ToMs, code, cancellation);
    }

    private async Task WriteAsync(
        RangeFill fill,
        IReadOnlyList<Tick> found,
        long toMs,
        Epoch epoch,
        CancellationToken cancellation
    )
    {
        var missing = recorder.Filling(found.Where(tick => fill.Lacks(tick) && tick.TimestampMs <= toMs));
        for (var from = 0; from < missing.Length; )
        {
            var end = EndOfPart(missing, from);
            switch (await log.AppendAsync(stream, epoch, missing.AsMemory(from, end - from), cancellation))
            {
                case AppendOutcome.Appended:
                    break;
                case AppendOutcome.Fenced:
                    throw new BackfillFencedException();
                case var outcome:
                    throw new InvalidOperationException($"The market log answered {outcome}.");
            }

            Pulse.Advance();
            environment.Metrics.TicksBackfilled.Add(end - from);
            fill.Wrote(missing[end - 1], end - from);
            from = end;
        }

        fill.Reached(toMs);
    }

    // The ticks of one moment are written together: the time of the newest tick written tells what is still to do.
    private int EndOfPart(Tick[] ticks, int from)
    {
        var end = Math.Min(from + environment.Options.BackfillPart, ticks.Length);
        while (end < ticks.Length && ticks[end].TimestampMs == ticks[end - 1].TimestampMs)
        {
            end++;
        }

        return end;
    }

    private async Task<bool> NoteAsync(RangeFill fill, long toMs, CancellationToken cancellation)
    {
        var filled = new TicksBackfilled
        {
            Hole = fill.Hole,
            Symbol = fill.Range.Symbol,
            FromMs = Math.Min(fill.NotedMs, toMs),
            ToMs = toMs,
            Count = fill.Count,
        };
        Pulse.Advance();
        var command = new FeedCommand.NoteFilled(filled) { At = environment.Time.GetUtcNow() };
        return await ledger.SendAsync(command, cancellation) && fill.Noted(toMs);
    }

    // What was filled before it is noted first, so that the two stand one after the other.
    private async Task<bool> LoseAsync(RangeFill fill, long toMs, string reason, CancellationToken cancellation)
    {
        if (toMs <= fill.NotedMs && toMs < fill.Range.ToMs)
        {
            // An earlier hole told of it already.
            fill.Reached(toMs);
            return true;
        }

        if (fill.FromMs > fill.NotedMs && !await NoteAsync(fill, fill.FromMs, cancellation))
        {
            return false;
        }

        var lost = new TicksNotFillable
        {
            Hole = fill.Hole,
            Symbol = fill.Range.Symbol,
            FromMs = Math.Min(fill.NotedMs, toMs),
            ToMs = toMs,
            Reason = reason,
        };
        ActorLog.NotFillable(environment.Logger, stream, fill.Range.Symbol, reason);
        environment.Metrics.NotFillable.Add(1, new KeyValuePair<string, object?>("reason", reason));
        var command = new FeedCommand.NoteLost(lost) { At = environment.Time.GetUtcNow() };
        fill.Reached(toMs);
        return await ledger.SendAsync(command, cancellation) && fill.Noted(toMs);
    }

    /// <summary>What is in the market log of this hole already: filled in by an earlier life, or told live after all, by a
    /// link whose news was slow.</summary>
    private async Task<TicksThere> WhatIsThereAsync(MissedTicks missed, CancellationToken cancellation)
    {
        var ranges = missed.Left.ToDictionary(range => range.Symbol);
        var there = new TicksThere();
        var after = new Offset(Math.Min(missed.Opened.MarketOffset, (await log.HeadAsync(cancellation)).Value));
        await foreach (var block in log.ReadAsync(after, cancellation))
        {
            Pulse.Advance();
            if (block.Stream != stream && block.Stream != ledger.Stream)
            {
                continue;
            }

            foreach (var tick in block.Ticks.ToArray())
            {
                if (
                    ranges.TryGetValue(tick.Symbol.Value, out var range)
                    && tick.TimestampMs > range.FromMs
                    && tick.TimestampMs < range.ToMs
                )
                {
                    there.Add(tick, filled: block.Stream == stream);
                }
            }
        }

        return there;
    }

    private static Tick QuoteBefore(MissedTicks missed, MissedRange range)
    {
        var quote = missed.Opened.Symbols.First(one => one.Symbol == range.Symbol);
        return new(
            new(quote.Symbol),
            Price.From(quote.Bid.ToDecimal()),
            Price.From(quote.Ask.ToDecimal()),
            quote.TimestampMs
        );
    }
}

/// <summary>Who can be asked for past ticks.</summary>
/// <param name="History">The link; null when its broker keeps none.</param>
internal sealed record HistorySource(IBrokerTickHistory? History);

/// <summary>How far the filling of one range is.</summary>
/// <param name="hole">Of which hole.</param>
/// <param name="range">What is to be filled.</param>
/// <param name="before">The quote with which it begins.</param>
/// <param name="there">What is there already.</param>
/// <param name="settledMs">Up to here, excluded, earlier holes asked for this symbol's past.</param>
internal sealed class RangeFill(long hole, MissedRange range, Tick before, SymbolThere there, long settledMs)
{
    /// <summary>Of which hole.</summary>
    public long Hole => hole;

    /// <summary>What is to be filled.</summary>
    public MissedRange Range => range;

    /// <summary>Up to here the journal tells.</summary>
    public long NotedMs { get; private set; } = Math.Max(range.FromMs, settledMs - 1);

    /// <summary>Up to here, included, nothing is missing any more.</summary>
    public long FromMs { get; private set; } = there.Last?.TimestampMs ?? range.FromMs;

    /// <summary>The quote that stands at <see cref="FromMs"/>.</summary>
    public Tick Last { get; private set; } = there.Last ?? before;

    /// <summary>Ticks recorded and not yet noted.</summary>
    public long Count { get; private set; } = there.Filled;

    /// <summary>Whether a tick of the past is in no log yet.</summary>
    public bool Lacks(in Tick tick) =>
        tick.TimestampMs > FromMs && tick.TimestampMs >= settledMs && !there.Live.Contains(tick);

    /// <summary>Ticks have been written, up to this one.</summary>
    public void Wrote(Tick last, int count)
    {
        Last = last;
        FromMs = last.TimestampMs;
        Count += count;
    }

    /// <summary>Everything up to here has been asked for.</summary>
    public void Reached(long toMs) => FromMs = Math.Max(FromMs, toMs);

    /// <summary>The journal tells up to here. Always true.</summary>
    public bool Noted(long toMs)
    {
        NotedMs = toMs;
        Count = 0;
        return true;
    }
}

/// <summary>A later owner fills this feed.</summary>
internal sealed class BackfillFencedException() : Exception("A later owner fills this feed.");
