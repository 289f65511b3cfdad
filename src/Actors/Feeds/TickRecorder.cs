using System.Threading.Channels;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>Carries the ticks of one environment's price source into the market log: everything that came while the previous
/// append was in flight goes into the next one. Ticks of other sessions are passed over, and so is the quote a broker repeats
/// on subscription, so that every tick is in the log exactly once.</summary>
internal sealed partial class TickRecorder(
    StreamName feed,
    ITickLog log,
    SnapshotClient snapshots,
    ShellEnvironment environment
)
{
    private const string Form = "last-quotes-1";
    private readonly Lock _gate = new();
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );
    private readonly LastQuotes _quotes = new();
    private readonly TickBuffer _buffer = new(environment.Options.TickBuffer);
    private readonly Backoff _backoff = new(
        environment.Options.FirstRestartDelay,
        environment.Options.LongestRestartDelay,
        environment.Random
    );
    private Epoch _epoch;
    private Offset _written;
    private UserKey? _source;
    private bool _ended;
    private bool _stopping;
    private long _snapshotAt;
    private long _lastTickMs;

    /// <summary>When the newest tick was taken; null before the first.</summary>
    public DateTimeOffset? LastTickAt =>
        Volatile.Read(ref _lastTickMs) is > 0 and var at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    /// <summary>Beats with every block that is written.</summary>
    public Pulse Pulse { get; } = new(environment.Time, environment.Options.StuckAfter);

    /// <summary>The feed's stream in the market log.</summary>
    public StreamName Stream => feed;

    /// <summary>A later owner writes this feed: nothing is recorded here any more.</summary>
    public bool Fenced { get; private set; }

    /// <summary>Whose ticks count.</summary>
    public UserKey? Source
    {
        get
        {
            lock (_gate)
            {
                return _source;
            }
        }
        set
        {
            lock (_gate)
            {
                if (_source != value)
                {
                    if (_source is not null)
                    {
                        _breaks.Begin("source_changed", _quotes, _written);
                    }

                    _source = value;
                    _quotes.ExpectRepeats();
                }
            }
        }
    }

    private string SnapshotName => $"quotes-{feed.Id}";

    /// <summary>Claims the feed and reads the last quotes from the log.</summary>
    public async Task RecoverAsync(CancellationToken cancellation)
    {
        _epoch = (await log.ClaimAsync(feed, cancellation)).Epoch;
        if (
            await snapshots.LoadAsync(SnapshotName, Form, cancellation) is { } snapshot
            && snapshot.At <= await log.HeadAsync(cancellation)
        )
        {
            _written = snapshot.At;
            _quotes.Read(snapshot.State);
        }

        await foreach (var block in log.ReadAsync(_written, cancellation))
        {
            _written = block.Last;
            if (block.Stream == feed)
            {
                foreach (ref readonly var tick in block.Ticks.Span)
                {
                    _quotes.Take(tick);
                }
            }
            else if (MarketStreams.IsBackfill(block.Stream) && block.Stream.Id == feed.Id)
            {
                foreach (ref readonly var tick in block.Ticks.Span)
                {
                    _quotes.Fill(tick);
                }
            }
        }

        _quotes.ExpectRepeats();
        _snapshotAt = environment.Time.GetTimestamp();
    }

    /// <summary>Takes a session's ticks; waits while the buffer is full.</summary>
    public ValueTask AcceptAsync(UserKey user, ReadOnlyMemory<Tick> ticks, CancellationToken cancellation)
    {
        var taken = Take(user, ticks.Span, out var room);
        return room is null ? default : new(WaitAsync(user, ticks[taken..], room, cancellation));
    }

    /// <summary>If it is the source: its next tick of each of these symbols, or of all, may repeat the last one.</summary>
    public void ExpectRepeats(UserKey user, IEnumerable<SymbolName>? symbols)
    {
        lock (_gate)
        {
            if (_source == user)
            {
                _quotes.ExpectRepeats(symbols);
            }
        }
    }

    /// <summary>Writes until <see cref="Stop"/>, and then what is left.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _work.Reader.ReadAsync(cancellation);
            while (await FlushAsync(cancellation)) { }

            if (_stopping || Fenced)
            {
                return;
            }
        }
    }

    /// <summary>Takes no more ticks; <see cref="RunAsync"/> ends when the rest is written.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _ended = true;
        }

        _stopping = true;
        Wake();
    }

    private async Task WaitAsync(UserKey user, ReadOnlyMemory<Tick> left, Task room, CancellationToken cancellation)
    {
        for (var full = room; full is not null; )
        {
            await full.WaitAsync(cancellation);
            left = left[Take(user, left.Span, out full)..];
        }
    }

    /// <summary>Takes what fits. <paramref name="room"/> is set when something did not.</summary>
    private int Take(UserKey user, ReadOnlySpan<Tick> ticks, out Task? room)
    {
        room = null;
        var taken = 0;
        var repeated = 0;
        var over = false;
        bool waited;
        lock (_gate)
        {
            if (_source != user || _ended)
            {
                environment.Metrics.TicksForeign.Add(ticks.Length);
                return ticks.Length;
            }

            waited = _buffer.Count > 0;
            for (; taken < ticks.Length; taken++)
            {
                ref readonly var tick = ref ticks[taken];
                if (_buffer.IsFull)
                {
                    room = _buffer.Room();
                    break;
                }

                over |= _breaks.See(tick);
                if (_quotes.Take(tick))
                {
                    _buffer.Add(tick);
                }
                else
                {
                    repeated++;
                }
            }

            if (!waited && _buffer.Count > 0)
            {
                Pulse.Begin();
            }
        }

        environment.Metrics.TicksTaken.Add(taken - repeated);
        environment.Metrics.TicksRepeated.Add(repeated);
        Volatile.Write(ref _lastTickMs, environment.Time.GetUtcNow().ToUnixTimeMilliseconds());
        Wake();
        if (over)
        {
            BreaksChanged();
        }

        return taken;
    }

    private async Task<bool> FlushAsync(CancellationToken cancellation)
    {
        ReadOnlyMemory<Tick> ticks;
        byte[]? quotes = null;
        lock (_gate)
        {
            ticks = _buffer.Take();
            if (
                !ticks.IsEmpty
                && (
                    _stopping || environment.Time.GetElapsedTime(_snapshotAt) >= environment.Options.QuotesSnapshotEvery
                )
            )
            {
                quotes = _quotes.Write();
            }
        }

        if (ticks.IsEmpty)
        {
            return false;
        }

        environment.Metrics.FlushSize.Record(ticks.Length);
        while (!await TryWriteAsync(ticks, cancellation)) { }

        Pulse.End();
        if (quotes is not null && !Fenced)
        {
            await KeepAsync(quotes, cancellation);
        }

        return !Fenced;
    }

    /// <summary>False when the outcome is not known or it failed: then it is settled and tried again.</summary>
    private async Task<bool> TryWriteAsync(ReadOnlyMemory<Tick> ticks, CancellationToken cancellation)
    {
        try
        {
            switch (await log.AppendAsync(feed, _epoch, ticks, cancellation))
            {
                case AppendOutcome.Appended appended:
                    _written = appended.Last;
                    _backoff.Reset();
                    return true;
                case AppendOutcome.Duplicate:
                    return true;
                case AppendOutcome.Fenced:
                    Fence();
                    return true;
                case var outcome:
                    throw new InvalidOperationException($"The market log answered {outcome}.");
            }
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            await PauseAsync(failure, cancellation);
        }

        return await SettleAsync(cancellation);
    }

    /// <summary>Did the append whose outcome is unknown happen? The log tells; as long as it does not, nothing may be written
    /// again. Only when nothing came after what we know is the feed claimed anew, so that the append cannot happen later: who
    /// has lost the feed finds the new owner's ticks there, and takes nothing back.</summary>
    private async Task<bool> SettleAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                if (await GrewAsync(cancellation))
                {
                    return true;
                }

                _epoch = (await log.ClaimAsync(feed, cancellation)).Epoch;
                return await GrewAsync(cancellation);
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                await PauseAsync(failure, cancellation);
            }
        }
    }

    private async Task<bool> GrewAsync(CancellationToken cancellation)
    {
        var last = _written;
        var grew = false;
        await foreach (var block in log.ReadAsync(_written, cancellation))
        {
            last = block.Last;
            grew |= block.Stream == feed;
        }

        // Only once all is read: a reading that breaks off begins again from here.
        _written = last;
        return grew;
    }

    private Task PauseAsync(Exception failure, CancellationToken cancellation)
    {
        var pause = _backoff.Next();
        ActorLog.FlushFailed(environment.Logger, feed, pause, failure);
        return Task.Delay(pause, environment.Time, cancellation);
    }

    private async Task KeepAsync(byte[] quotes, CancellationToken cancellation)
    {
        _snapshotAt = environment.Time.GetTimestamp();
        try
        {
            await snapshots.SaveAsync(SnapshotName, Form, _written, quotes, cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // Without it the next start reads more of the log, and that is all.
            ActorLog.QuotesNotKept(environment.Logger, feed, failure);
        }
    }

    private void Fence()
    {
        ActorLog.FeedFenced(environment.Logger, feed);
        environment.Metrics.Fenced.Add(1);
        lock (_gate)
        {
            Fenced = true;
            _ended = true;
            _buffer.Clear();
        }
    }

    private void Wake() => _work.Writer.TryWrite(true);
}
