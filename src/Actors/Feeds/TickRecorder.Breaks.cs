using Trading.Domain;
using Trading.Domain.Market;

namespace Trading.Actors.Feeds;

/// <summary>What the tick path knows of the times in which nobody listened.</summary>
internal sealed partial class TickRecorder
{
    private readonly FeedBreaks _breaks = new();

    /// <summary>Told when a break begins or is over.</summary>
    public Action BreaksChanged { get; set; } = () => { };

    /// <summary>The break to be dealt with first, as of now.</summary>
    public BreakView? OldestBreak
    {
        get
        {
            lock (_gate)
            {
                return _breaks.Oldest is { } one ? new(one.Reason, one.Written, one.Waiting, one.Symbols) : null;
            }
        }
    }

    /// <summary>What the source streams from now on.</summary>
    public void Streams(IEnumerable<SymbolName> symbols)
    {
        lock (_gate)
        {
            _breaks.Streams(symbols);
        }
    }

    /// <summary>If it is the source: it listens no more, and what it streamed is missed.</summary>
    public void Interrupted(UserKey user)
    {
        lock (_gate)
        {
            if (_source != user || !_breaks.Begin("link_lost", _quotes, _written))
            {
                return;
            }
        }

        BreaksChanged();
    }

    /// <summary>Nobody was there: what ticked just before the last life ended is missed, and what is given.</summary>
    public void BeginAfterRestart(IReadOnlyList<Tick> missed, TimeSpan justBefore)
    {
        lock (_gate)
        {
            Tick[] last = [.. missed, .. _quotes.Recent(justBefore)];
            _breaks.Begin("service_down", [.. last.DistinctBy(tick => tick.Symbol)], _written);
        }

        BreaksChanged();
    }

    /// <summary>Takes note of ticks of the past before they are written: whatever the source still tells of that time is
    /// known from then on. Gives those that it has not just told itself.</summary>
    public Tick[] Filling(IEnumerable<Tick> ticks)
    {
        lock (_gate)
        {
            return [.. ticks.Where(tick => _quotes.Fill(tick))];
        }
    }

    /// <summary>The oldest break has been dealt with.</summary>
    public void RemoveBreak()
    {
        lock (_gate)
        {
            _breaks.Remove();
        }
    }
}
