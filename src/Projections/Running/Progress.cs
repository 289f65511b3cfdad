using Trading.Domain.Logs;

namespace Trading.Projections.Running;

/// <summary>How far a projection is, how it is doing, and who waits for it. Thread-safe.</summary>
internal sealed class Progress(string projection, ProjectionOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private string _projection = projection;
    private TaskCompletionSource _moved = NewSignal();
    private ProjectionState _phase = ProjectionState.Stopped;
    private Offset _checkpoint;
    private Offset _head;
    private DateTimeOffset? _pendingSince;
    private DateTimeOffset? _lookingSince;
    private DateTimeOffset _lastProgress = time.GetUtcNow();
    private DateTimeOffset _runBegan = time.GetUtcNow();
    private Offset _runFrom;
    private bool _fromScratch;
    private string? _error;
    private Dictionary<StreamName, ParkedStream> _parked = [];

    /// <summary>The name of the generation it is about, for example <c>accounts@1</c>.</summary>
    public string Projection
    {
        get
        {
            lock (_lock)
            {
                return _projection;
            }
        }
    }

    /// <summary>From here on it is about this generation.</summary>
    public void Serve(string generation)
    {
        lock (_lock)
        {
            _projection = generation;
        }
    }

    /// <summary>A run begins at a checkpoint.</summary>
    public void Begin(Offset checkpoint, Offset head, IEnumerable<ParkedStream> parked)
    {
        lock (_lock)
        {
            // A run that follows a failure is no progress in itself: a fold that fails at every start must get stuck.
            if (_phase is ProjectionState.Stopped or ProjectionState.Standby or ProjectionState.Rebuilding)
            {
                _lastProgress = time.GetUtcNow();
            }

            _phase = ProjectionState.CatchingUp;
            _runBegan = time.GetUtcNow();
            _error = head <= checkpoint ? null : _error;
            _runFrom = checkpoint;
            _fromScratch = checkpoint == Offset.Start && head > checkpoint;
            _parked = parked.ToDictionary(stream => stream.Stream);
        }

        SeeHead(head);
        Reach(checkpoint);
    }

    /// <summary>Another node runs it; this is how far that one is.</summary>
    public void StandBy(Offset checkpoint)
    {
        lock (_lock)
        {
            _phase = ProjectionState.Standby;
            _error = null;
        }

        Reach(checkpoint);
    }

    /// <summary>Nothing here can fold into the live table; another is being filled to take its place.</summary>
    public void AwaitRebuild(Offset checkpoint)
    {
        lock (_lock)
        {
            _phase = ProjectionState.Rebuilding;
            _error = null;
        }

        Reach(checkpoint);
    }

    /// <summary>Nothing runs any more.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _phase = ProjectionState.Stopped;
        }
    }

    /// <summary>Work has arrived that was recorded at this moment.</summary>
    public void Pending(DateTimeOffset recordedAt)
    {
        lock (_lock)
        {
            _pendingSince = recordedAt;
        }
    }

    /// <summary>The checkpoint is committed here.</summary>
    public void Reach(Offset checkpoint)
    {
        TaskCompletionSource moved;
        lock (_lock)
        {
            if (checkpoint != _checkpoint || _phase is ProjectionState.Standby or ProjectionState.Rebuilding)
            {
                _lastProgress = time.GetUtcNow();
            }

            _checkpoint = checkpoint;
            if (_head <= _checkpoint)
            {
                _head = _checkpoint;
                _pendingSince = null;
                _fromScratch = false;
            }

            moved = _moved;
            _moved = NewSignal();
        }

        moved.TrySetResult();
    }

    /// <summary>All went well since the last failure.</summary>
    public void Succeed()
    {
        lock (_lock)
        {
            _error = null;
        }
    }

    /// <summary>The log is asked how far it reaches.</summary>
    public void Look()
    {
        lock (_lock)
        {
            _lookingSince ??= time.GetUtcNow();
        }
    }

    /// <summary>The log reaches this far.</summary>
    public void SeeHead(Offset head)
    {
        lock (_lock)
        {
            _lookingSince = null;
            if (head <= _head)
            {
                return;
            }

            // From here on it is behind: time spent idle before does not count as being stuck.
            if (_head <= _checkpoint)
            {
                _lastProgress = time.GetUtcNow();
                _pendingSince ??= _lastProgress;
            }

            _head = head;
        }
    }

    /// <summary>Something failed and will be tried again.</summary>
    public void Fail(string error)
    {
        lock (_lock)
        {
            if (_error is null && _checkpoint >= _head)
            {
                _lastProgress = time.GetUtcNow();
            }

            _error = error;
        }
    }

    /// <summary>A stream is set aside.</summary>
    public void Park(ParkedStream stream)
    {
        lock (_lock)
        {
            _parked = new(_parked) { [stream.Stream] = stream };
        }
    }

    /// <summary>A stream has been taken up again.</summary>
    public void Unpark(StreamName stream)
    {
        lock (_lock)
        {
            _parked = _parked.Where(pair => pair.Key != stream).ToDictionary();
        }
    }

    /// <summary>The streams set aside. The collection never changes once handed out.</summary>
    public IReadOnlyDictionary<StreamName, ParkedStream> Parked
    {
        get
        {
            lock (_lock)
            {
                return _parked;
            }
        }
    }

    /// <summary>Waits until the checkpoint is there or beyond.</summary>
    public async Task WaitForAsync(Offset offset, CancellationToken cancellation)
    {
        while (true)
        {
            Task moved;
            lock (_lock)
            {
                if (_checkpoint >= offset)
                {
                    return;
                }

                moved = _moved.Task;
            }

            await moved.WaitAsync(cancellation);
        }
    }

    /// <summary>The state of things now.</summary>
    public ProjectionHealth Health()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var lag = _pendingSince is { } since && now > since ? now - since : TimeSpan.Zero;
            var ran = now - _runBegan;
            return new()
            {
                Projection = _projection,
                State = StateAt(now, lag),
                StuckSince = StuckSince(now),
                Checkpoint = _checkpoint,
                Head = _head,
                Lag = lag,
                Rate = ran > TimeSpan.Zero ? (_checkpoint.Value - _runFrom.Value) / ran.TotalSeconds : 0,
                Parked = [.. _parked.Values],
                Error = _error,
            };
        }
    }

    private ProjectionState StateAt(DateTimeOffset now, TimeSpan lag)
    {
        if (_phase == ProjectionState.Stopped && _error is null)
        {
            return _phase;
        }

        if (StuckSince(now) is not null)
        {
            return ProjectionState.Stuck;
        }

        return this switch
        {
            { _phase: ProjectionState.Standby } => ProjectionState.Standby,
            { _parked.Count: > 0 } => ProjectionState.Parked,
            { _fromScratch: true } or { _phase: ProjectionState.Rebuilding } => ProjectionState.Rebuilding,
            _ => lag <= options.LiveWithin && _error is null ? ProjectionState.Live : ProjectionState.CatchingUp,
        };
    }

    // Behind or failing without getting on; or the log does not even say how far it reaches.
    private DateTimeOffset? StuckSince(DateTimeOffset now)
    {
        var since =
            _checkpoint < _head || _error is not null ? _lastProgress
            : _phase == ProjectionState.Stopped ? null
            : _lookingSince;
        return since is { } moment && now - moment >= options.StuckAfter ? moment : null;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
