using Npgsql;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Running;

namespace Trading.Projections.Rebuilding;

/// <summary>Lets live traffic go first. While events are being recorded a rebuild takes small steps and rests three times as
/// long as it works, and up to ten times as long while a live table is behind: never for ever, because a rebuild that is
/// slower than its log grows is no rebuild.</summary>
internal sealed class Courtesy(Ground ground, ProjectionMetrics metrics)
{
    private const int SmallSteps = 8;
    private const int RestForWork = 3;
    private const int LongestRestForWork = 10;
    private static readonly TimeSpan BusyFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    // Live tables that have not moved lately are not held up by us: they are stopped, or stuck.
    private const string Slowest = """
        select min(at_offset) filter (where not model = any($1)), min(at_offset) filter (where model = any($1)),
          coalesce(max(moved_at) > now() - interval '1 second', false)
        from read.checkpoints where state = 'live' and moved_at > now() - interval '5 seconds'
        """;

    private static readonly string[] OfMarket =
    [
        .. ProjectionCatalog.All.Where(model => !model.IsOfJournal).Select(model => model.Name),
    ];

    private readonly Trace _journal = new();
    private readonly Trace _market = new();
    private long _looked = long.MinValue;
    private bool _busy;

    /// <summary>How many events the next step may have, of as many as it might.</summary>
    public async ValueTask<int> MostAsync(int events, CancellationToken cancellation)
    {
        if (_looked == long.MinValue || ground.Time.GetElapsedTime(_looked) >= LookEvery)
        {
            await LookAsync(cancellation);
        }

        return _busy ? Math.Max(1, events / SmallSteps) : events;
    }

    /// <summary>Rests after a step of work, if there is anybody to rest for.</summary>
    public async Task RestAsync(TimeSpan worked, CancellationToken cancellation)
    {
        if (!_busy)
        {
            return;
        }

        var began = ground.Time.GetTimestamp();
        await Task.Delay(worked * RestForWork, ground.Time, cancellation);
        while (IsLiveBehind() && ground.Time.GetElapsedTime(began) < worked * LongestRestForWork)
        {
            await Task.Delay(LookEvery, ground.Time, cancellation);
            await LookAsync(cancellation);
        }

        metrics.Yielded(ground.Time.GetElapsedTime(began));
    }

    private bool IsLiveBehind()
    {
        var bound =
            ground.Time.GetTimestamp()
            - (long)(ground.Options.LiveLagBound.TotalSeconds * ground.Time.TimestampFrequency);
        return _journal.IsBehind(bound) || _market.IsBehind(bound);
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        _looked = ground.Time.GetTimestamp();
        var (journal, market) = (
            await ground.Journal.HeadAsync(cancellation),
            await ground.Market.HeadAsync(cancellation)
        );
        await using var command = ground.Sources.Operator.CreateCommand(Slowest);
        command.Parameters.Add(UserReads.Value(OfMarket));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        _journal.See(_looked, journal, Reached(reader, 0, journal));
        _market.See(_looked, market, Reached(reader, 1, market));
        var since = _looked - (long)(BusyFor.TotalSeconds * ground.Time.TimestampFrequency);
        _busy = reader.GetBoolean(2) || _journal.MovedSince(since) || _market.MovedSince(since);
    }

    private static Offset Reached(NpgsqlDataReader reader, int column, Offset head) =>
        reader.IsNull(column) ? head : new(reader.GetInt64(column));

    // Where the head of one log was when, for as far back as the slowest live table has not come.
    private sealed class Trace
    {
        private readonly Queue<(long At, Offset Head)> _unreached = new();
        private Offset _head;
        private long _movedAt = long.MinValue;

        public void See(long now, Offset head, Offset reached)
        {
            if (head > _head)
            {
                _movedAt = _head == Offset.Start ? _movedAt : now;
                _head = head;
                _unreached.Enqueue((now, head));
            }

            while (_unreached.TryPeek(out var oldest) && oldest.Head <= reached)
            {
                _unreached.Dequeue();
            }
        }

        public bool MovedSince(long moment) => _movedAt > moment;

        public bool IsBehind(long moment) => _unreached.TryPeek(out var oldest) && oldest.At <= moment;
    }
}
