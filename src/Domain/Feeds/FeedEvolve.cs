using Google.Protobuf;
using Trading.Domain.Events;

namespace Trading.Domain.Feeds;

/// <summary>The state after an event. Pure; never fails.</summary>
public static class FeedEvolve
{
    /// <summary>Folds one event in.</summary>
    public static FeedState Apply(FeedState state, IMessage payload, DateTimeOffset at) =>
        payload switch
        {
            FeedHoleOpened opened => state with { Holes = opened.Hole, Open = opened },
            FeedHoleClosed closed when state.Open is { } open => Close(state, open, closed),
            TicksBackfilled filled => Settle(state, filled.Hole, filled.Symbol, filled.ToMs),
            TicksNotFillable lost => Settle(state, lost.Hole, lost.Symbol, lost.ToMs),
            _ => state,
        };

    /// <summary>There is a moment between the two ends.</summary>
    internal static bool HoldsSomething(MissedRange range) => range.ToMs - range.FromMs > 1;

    private static FeedState Close(FeedState state, FeedHoleOpened open, FeedHoleClosed closed)
    {
        var left = closed.Ranges.Where(HoldsSomething).OrderBy(range => range.Symbol, StringComparer.Ordinal);
        var missed = new MissedTicks(open, [.. left]);
        return state with { Open = null, Pending = missed.Left.IsEmpty ? state.Pending : state.Pending.Add(missed) };
    }

    private static FeedState Settle(FeedState state, long hole, string symbol, long toMs)
    {
        state = state with
        {
            Settled = state.Settled.SetItem(symbol, Math.Max(toMs, state.Settled.GetValueOrDefault(symbol))),
        };
        var place = state.Pending.FindIndex(one => one.Opened.Hole == hole);
        if (place < 0)
        {
            return state;
        }

        var missed = state.Pending[place];
        var left = missed
            .Left.Select(range => range.Symbol == symbol ? From(range, toMs) : range)
            .Where(HoldsSomething);
        missed = missed with { Left = [.. left] };
        return state with
        {
            Pending = missed.Left.IsEmpty ? state.Pending.RemoveAt(place) : state.Pending.SetItem(place, missed),
        };
    }

    // The end of what is settled is a moment to which an answer reached, so it is settled too.
    private static MissedRange From(MissedRange range, long fromMs) =>
        new()
        {
            Symbol = range.Symbol,
            FromMs = Math.Max(range.FromMs, fromMs),
            ToMs = range.ToMs,
        };
}
