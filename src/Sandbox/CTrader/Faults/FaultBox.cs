namespace Trading.Sandbox.CTrader.Faults;

/// <summary>The faults waiting to happen, first armed first used. Its own lock: messages are also sent outside the world's.</summary>
internal sealed class FaultBox
{
    private readonly Lock _lock = new();
    private readonly List<Armed> _armed = [];
    private volatile bool _any;

    /// <summary>Quick answer for the hot path.</summary>
    public bool Any => _any;

    public IReadOnlyList<FaultRule> Rules
    {
        get
        {
            lock (_lock)
            {
                return [.. _armed.Select(a => a.Rule)];
            }
        }
    }

    public void Arm(FaultRule rule)
    {
        lock (_lock)
        {
            _armed.Add(new Armed(rule) { Left = rule.Count == 0 ? int.MaxValue : rule.Count });
            _any = true;
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _armed.Clear();
            _any = false;
        }
    }

    /// <summary>The fault for a request that arrived, used up by asking.</summary>
    public FaultRule? ForRequest(long connectionId, uint payloadType) =>
        Take(
            connectionId,
            payloadType,
            k => k is FaultKind.DropBefore or FaultKind.DropAfter or FaultKind.Refuse or FaultKind.Hang
        );

    /// <summary>The fault for a message about to be sent, used up by asking.</summary>
    public FaultRule? ForMessage(long connectionId, uint payloadType) =>
        Take(
            connectionId,
            payloadType,
            k => k is FaultKind.Swallow or FaultKind.Duplicate or FaultKind.Delay or FaultKind.CutFrame
        );

    private FaultRule? Take(long connectionId, uint payloadType, Func<FaultKind, bool> kind)
    {
        if (!_any || payloadType == 51)
        {
            return null;
        }

        lock (_lock)
        {
            var armed = _armed.Find(a =>
                kind(a.Rule.Kind)
                && (a.Rule.PayloadType is null || a.Rule.PayloadType == payloadType)
                && (a.Rule.ConnectionId is null || a.Rule.ConnectionId == connectionId)
            );
            if (armed is null)
            {
                return null;
            }

            if (--armed.Left == 0)
            {
                _armed.Remove(armed);
                _any = _armed.Count > 0;
            }

            return armed.Rule;
        }
    }

    private sealed class Armed(FaultRule rule)
    {
        public FaultRule Rule { get; } = rule;
        public int Left { get; set; }
    }
}
