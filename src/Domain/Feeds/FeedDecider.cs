using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Sessions;

namespace Trading.Domain.Feeds;

/// <summary>What becomes true of a feed's holes. Pure.</summary>
public static class FeedDecider
{
    /// <summary>Most holes that wait to be filled. A feed that breaks faster than it can be filled must not owe without
    /// bound.</summary>
    public const int MostPending = 100;

    /// <summary>Decides.</summary>
    public static Decision Decide(FeedState state, FeedCommand command) =>
        command switch
        {
            FeedCommand.OpenHole open when state.Open is null && open.Symbols.Count > 0 => Accept(
                command,
                Opened(state, open)
            ),
            FeedCommand.CloseHole close when state.Open is { } open && open.Hole == close.Hole => Accept(
                command,
                [.. Closed(state, close)]
            ),
            FeedCommand.NoteFilled { Filled: var filled } when IsLeft(state, filled.Hole, filled.Symbol) => Accept(
                command,
                filled
            ),
            FeedCommand.NoteLost { Lost: var lost } when IsLeft(state, lost.Hole, lost.Symbol) => Accept(command, lost),
            _ => Decision.Unchanged.Instance,
        };

    private static FeedHoleOpened Opened(FeedState state, FeedCommand.OpenHole open) =>
        new()
        {
            Hole = state.Holes + 1,
            Environment = open.Environment,
            Reason = open.Reason,
            Symbols = { open.Symbols },
            MarketOffset = open.MarketOffset,
        };

    private static IEnumerable<IMessage> Closed(FeedState state, FeedCommand.CloseHole close)
    {
        yield return new FeedHoleClosed { Hole = close.Hole, Ranges = { close.Ranges } };
        if (state.Pending.Count < MostPending)
        {
            yield break;
        }

        foreach (var range in close.Ranges.Where(FeedEvolve.HoldsSomething))
        {
            yield return new TicksNotFillable
            {
                Hole = close.Hole,
                Symbol = range.Symbol,
                FromMs = range.FromMs,
                ToMs = range.ToMs,
                Reason = "TOO_MANY_HOLES",
            };
        }
    }

    private static bool IsLeft(FeedState state, long hole, string symbol) =>
        state.Pending.Exists(one => one.Opened.Hole == hole && one.Left.Exists(range => range.Symbol == symbol));

    private static Decision.Accepted Accept(FeedCommand command, params IReadOnlyList<IMessage> events)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(command.At.ToUnixTimeMilliseconds());
        return new([.. events.Select(payload => new Happened(payload, at))]);
    }
}
