using System.Buffers.Text;
using System.Text;
using Trading.Brokers.CTrader.Wire;
using Trading.Domain.Liveness;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>
/// The requests of one connection that have no answer yet. An answer is known by the id we sent and by its type: other
/// people's ids and events that carry ours both pass by (source: cTrader Open API).
/// </summary>
internal sealed class PendingRequests(string prefix, LinkTimings timings, TimeProvider clock)
{
    private readonly byte[] _prefix = Encoding.ASCII.GetBytes(prefix);
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Pending> _pending = [];
    private BrokerError? _closed;
    private long _last;

    /// <summary>Beats with every answer.</summary>
    public Pulse Answers { get; } = new(clock, timings.Stuck);

    /// <summary>Requests without an answer.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>Opens an entry; its time begins to run when it is sent.</summary>
    public (long Id, Task<RequestOutcome> Outcome) Open(uint payloadType)
    {
        lock (_gate)
        {
            var pending = new Pending(payloadType);
            var id = ++_last;
            if (_closed is { } error)
            {
                pending.Fail(error.Code, error.Description);
            }
            else
            {
                _pending.Add(id, pending);
            }

            return (id, pending.Outcome);
        }
    }

    /// <summary>The text that goes out with a request.</summary>
    public string Text(long id) => string.Concat(prefix, id.ToString());

    /// <summary>Notes that a request is being written; false when nobody waits for it any more.</summary>
    public bool MarkSent(long id)
    {
        lock (_gate)
        {
            if (!_pending.TryGetValue(id, out var pending))
            {
                return false;
            }

            pending.SentAt = clock.GetTimestamp();
            Answers.Begin();
            return true;
        }
    }

    /// <summary>Ends the request that the frame answers, if it answers one of ours.</summary>
    /// <param name="envelope">The frame.</param>
    /// <param name="sequence">Its place among all frames received.</param>
    public bool TryComplete(in Envelope envelope, long sequence)
    {
        if (!TryParseId(envelope.ClientMsgId, out var id))
        {
            return false;
        }

        Pending? pending;
        lock (_gate)
        {
            if (!_pending.TryGetValue(id, out pending) || !PayloadTypes.Ends(pending.PayloadType, envelope.PayloadType))
            {
                return false;
            }

            _pending.Remove(id);
            Settle(pending, Answers.End);
        }

        pending.Complete(in envelope, sequence);
        return true;
    }

    /// <summary>Gives a request up.</summary>
    public void Fail(long id, string code, string description)
    {
        Pending? pending;
        lock (_gate)
        {
            if (_pending.Remove(id, out pending))
            {
                Settle(pending, Answers.Abandon);
            }
        }

        pending?.Fail(code, description);
    }

    /// <summary>Gives up every request that was sent too long ago, and says how many that were.</summary>
    public int FailExpired()
    {
        List<Pending>? expired = null;
        lock (_gate)
        {
            foreach (var (id, pending) in _pending)
            {
                if (pending.SentAt is { } sentAt && clock.GetElapsedTime(sentAt) >= PatienceFor(pending))
                {
                    Settle(pending, Answers.Abandon);
                    (expired ??= []).Add(pending);
                    _pending.Remove(id);
                }
            }
        }

        expired?.ForEach(pending =>
            pending.Fail(BrokerError.TimedOutCode, $"No answer within {PatienceFor(pending)}.")
        );
        return expired?.Count ?? 0;
    }

    /// <summary>Gives up every request, those sent and those still to be sent, and all that may follow.</summary>
    public void Close(string code, string description)
    {
        Pending[] all;
        lock (_gate)
        {
            _closed = BrokerError.Own(code, description, tradingCommand: false);
            all = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var pending in all)
        {
            pending.Fail(code, description);
        }
    }

    private TimeSpan PatienceFor(Pending pending) =>
        pending.PayloadType == (uint)ProtoOAPayloadType.ProtoOaRefreshTokenReq ? timings.Renewal : timings.Request;

    // Only what was sent is waited for.
    private static void Settle(Pending pending, Action settle)
    {
        if (pending.SentAt is not null)
        {
            settle();
        }
    }

    private bool TryParseId(ReadOnlySpan<byte> text, out long id)
    {
        id = 0;
        return text.StartsWith(_prefix)
            && Utf8Parser.TryParse(text[_prefix.Length..], out id, out var used)
            && used == text.Length - _prefix.Length;
    }

    private sealed class Pending(uint payloadType)
    {
        // Whoever waits must not run inside the loop that reads the socket.
        private readonly TaskCompletionSource<RequestOutcome> _outcome = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );

        public uint PayloadType => payloadType;

        public long? SentAt { get; set; }

        public Task<RequestOutcome> Outcome => _outcome.Task;

        private bool IsCommand => PayloadTypes.IsTradingCommand(payloadType);

        public void Complete(in Envelope envelope, long sequence) =>
            _outcome.TrySetResult(
                PayloadTypes.IsRefusal(envelope.PayloadType)
                    ? new RequestOutcome.Failed(BrokerError.Parse(envelope.PayloadType, envelope.Payload, IsCommand))
                    : new RequestOutcome.Answered(envelope.PayloadType, envelope.Payload.ToArray(), sequence)
            );

        public void Fail(string code, string description) =>
            _outcome.TrySetResult(new RequestOutcome.Failed(BrokerError.Own(code, description, IsCommand)));
    }
}
