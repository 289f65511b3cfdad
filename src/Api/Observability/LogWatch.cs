using System.Collections.Concurrent;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.EventStore;

namespace Trading.Api.Observability;

/// <summary>Watches one of the logs from outside: that appends are answered, that reading gets on, and that whoever follows
/// the log comes after its head.</summary>
/// <param name="name">journal or market.</param>
/// <param name="head">Asks for the newest offset.</param>
/// <param name="listening">The log's own pulse of hearing other processes' commits.</param>
/// <param name="time">The clock.</param>
internal sealed class LogWatch(
    string name,
    Func<CancellationToken, ValueTask<Offset>> head,
    Pulse? listening,
    TimeProvider time
)
{
    private readonly ConcurrentDictionary<long, Follower> _followers = new();
    private readonly Pulse _looking = new(time);
    private long _numbers;
    private int _underWay;

    /// <summary>Beats with every append that is answered.</summary>
    public Pulse Appends { get; } = new(time);

    /// <summary>Beats with every piece that is read, and every claim.</summary>
    public Pulse Reads { get; } = new(time);

    /// <summary>Somebody begins to follow.</summary>
    public Follower Follow(Offset after)
    {
        var follower = new Follower(++_numbers, after, time);
        _followers[follower.Number] = follower;
        return follower;
    }

    /// <summary>Somebody follows no more.</summary>
    public void Leave(Follower follower) => _followers.TryRemove(follower.Number, out _);

    /// <summary>Asks how far the log reaches, unless the last question is still open.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _underWay, 1) == 1)
        {
            return;
        }

        try
        {
            var reached = await _looking.WatchAsync(head(cancellation));
            foreach (var follower in _followers.Values)
            {
                follower.SeeHead(reached);
            }
        }
        catch (Exception away)
            when (away is System.Data.Common.DbException or IOException or TimeoutException or LogUnavailableException)
        {
            // The pulse remembers it.
        }
        finally
        {
            Volatile.Write(ref _underWay, 0);
        }
    }

    /// <summary>How the log does, and those who follow it.</summary>
    public IEnumerable<Vital> Vitals()
    {
        List<(string, Pulse)> pulses = [("append", Appends), ("read", Reads), ("asking for the head", _looking)];
        if (listening is not null)
        {
            pulses.Add(("listening", listening));
        }

        yield return Vital.Of(VitalKind.Log, name, VitalState.Live, [.. pulses]);
        foreach (var follower in _followers.Values)
        {
            yield return Vital.Of(
                VitalKind.Log,
                $"{name} follower {follower.Number}",
                follower.Pulse.Waiting > 0 ? VitalState.CatchingUp : VitalState.Live,
                (follower.Taking ? "taking what came" : "waiting for the log", follower.Pulse)
            );
        }
    }

    /// <summary>One who follows the log.</summary>
    internal sealed class Follower(long number, Offset after, TimeProvider time)
    {
        private readonly Lock _gate = new();
        private Offset _position = after;
        private Offset _head = after;

        /// <summary>To tell them apart.</summary>
        public long Number => number;

        /// <summary>Beats with every piece handed over; at rest at the head.</summary>
        public Pulse Pulse { get; } = new(time);

        /// <summary>It has been handed a piece and has not come back for the next.</summary>
        public bool Taking { get; private set; }

        /// <summary>The log reaches this far.</summary>
        public void SeeHead(Offset head)
        {
            lock (_gate)
            {
                _head = head > _head ? head : _head;
                Settle();
            }
        }

        /// <summary>It is being handed a piece.</summary>
        public void Hand(Offset last)
        {
            lock (_gate)
            {
                Taking = true;
                Pulse.Advance();
            }
        }

        /// <summary>It has come back for more.</summary>
        public void Back(Offset last)
        {
            lock (_gate)
            {
                Taking = false;
                _position = last;
                _head = last > _head ? last : _head;
                Pulse.Advance();
                Settle();
            }
        }

        private void Settle()
        {
            var behind = _position < _head;
            if (behind && Pulse.Waiting == 0)
            {
                Pulse.Begin();
            }
            else if (!behind && Pulse.Waiting > 0)
            {
                Pulse.End();
            }
        }
    }
}
