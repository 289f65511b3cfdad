using System.IO.Pipelines;
using System.Threading.Channels;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Trading.Brokers.CTrader.Wire;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>
/// One connection to the broker, from the finished TLS handshake to its end: frames in and out, answers tied to
/// requests, heartbeats, and the watch over its life. It knows nothing of accounts and never comes back: the link
/// above makes a new one.
/// </summary>
internal sealed class CTraderConnection : IAsyncDisposable
{
    private const int ReadBufferSize = 64 * 1024;
    private const int FlushThreshold = 16 * 1024;

    // A refusal that came so long before the end is not why it came.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    // How long what the broker sent last may be read after writing to it has failed.
    private static readonly TimeSpan Hearing = TimeSpan.FromSeconds(1);

    private static readonly ProtoHeartbeatEvent HeartbeatMessage = new();

    private readonly Stream _stream;
    private readonly IFrameReceiver _receiver;
    private readonly LinkTimings _timings;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly PendingRequests _pending;
    private readonly FrameIntake _intake;
    private readonly OutgoingQueue _outgoing;
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource<LinkFault> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );
    private readonly ITimer _rateTimer;
    private readonly ITimer _watchTimer;
    private readonly Task _reading;
    private readonly Task _loops;
    private Refused? _refused;
    private long _lastRead;
    private long _lastWrite;
    private volatile bool _heartbeatDue;
    private volatile bool _delivering;
    private volatile bool _probing;
    private volatile bool _mayProbe;

    /// <summary>Starts serving a stream whose TLS handshake is done.</summary>
    /// <param name="stream">The stream, which is the connection's from now on.</param>
    /// <param name="receiver">Takes what arrives unasked.</param>
    /// <param name="idPrefix">Begins every id we send; must differ from what others on the account may use.</param>
    /// <param name="timings">Its patience.</param>
    /// <param name="clock">Time.</param>
    /// <param name="logger">Log.</param>
    public CTraderConnection(
        Stream stream,
        IFrameReceiver receiver,
        string idPrefix,
        LinkTimings timings,
        TimeProvider clock,
        ILogger logger
    )
    {
        _stream = stream;
        _receiver = receiver;
        _timings = timings;
        _clock = clock;
        _logger = logger;
        _pending = new PendingRequests(idPrefix, timings, clock);
        _intake = new FrameIntake(receiver, _pending);
        _outgoing = new OutgoingQueue(clock);
        _lastRead = _lastWrite = clock.GetTimestamp();
        _rateTimer = clock.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _watchTimer = clock.CreateTimer(_ => Watch(), null, timings.Watch, timings.Watch);
        _reading = Task.Run(ReadAsync, CancellationToken.None);
        _loops = Task.WhenAll(_reading, Task.Run(WriteAsync, CancellationToken.None));
    }

    /// <summary>Completes with the reason when the connection has ended. Faults only by a bug in the receiver.</summary>
    public Task<LinkFault> Ended => _ended.Task;

    /// <summary>What the connection waits for in vain; null while it does not.</summary>
    public LinkStall? Stalled
    {
        get
        {
            var silence = _clock.GetElapsedTime(Volatile.Read(ref _lastRead));
            var since = _clock.GetUtcNow() - silence;
            if (silence < _timings.Stuck)
            {
                return _pending.Answers.Stalled is { } stall
                    ? new("an answer of the broker", stall.Since, false)
                    : null;
            }

            return _delivering ? new("somebody to take what came", since, true)
                : _probing || _pending.Answers.Stalled is not null ? new("any word of the broker", since, false)
                : null;
        }
    }

    /// <summary>Lets the watch ask the broker for a sign of life; only an authorised application gets an answer.</summary>
    public void AllowProbes() => _mayProbe = true;

    /// <summary>Sends a request and waits for what ends it. Refusals, silence and a lost link are outcomes.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up; the request may have been sent.</exception>
    public async Task<RequestOutcome> RequestAsync(IMessage request, CancellationToken cancellation)
    {
        var payloadType = PayloadTypes.Of(request);
        var (id, outcome) = _pending.Open(payloadType);
        if (!outcome.IsCompleted)
        {
            var requestClass =
                PayloadTypes.IsTradingCommand(payloadType) ? RequestClass.TradingCommand
                : PayloadTypes.IsHistorical(payloadType) ? RequestClass.Historical
                : RequestClass.Ordinary;
            if (_outgoing.TryAdd(new OutgoingRequest(id, payloadType, request), requestClass))
            {
                Wake();
            }
            else
            {
                LinkMetrics.RequestsTurnedAway.Add(1);
                _pending.Fail(id, BrokerError.QueueFullCode, "Too many requests are waiting.");
            }
        }

        try
        {
            return await outcome.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            _pending.Fail(id, BrokerError.LinkLostCode, "Given up by the caller.");
            throw;
        }
    }

    /// <summary>The broker's newest refusal that concerns the connection, if it came lately.</summary>
    public BrokerError? RefusedWithin(TimeSpan lately) =>
        Volatile.Read(ref _refused) is { } word && _clock.GetElapsedTime(word.At) < lately ? word.Refusal : null;

    /// <summary>Closes the connection and waits until nothing of it runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync(new LinkFault(LinkFaultKind.Released, "Closed by us."));
        await _loops;
        await _watchTimer.DisposeAsync();
        await _rateTimer.DisposeAsync();
        await _stream.DisposeAsync();
        _ending.Dispose();
    }

    private async Task ReadAsync()
    {
        // Reading zero bytes first keeps an idle link from holding a buffer.
        var reader = PipeReader.Create(
            _stream,
            new StreamPipeReaderOptions(bufferSize: ReadBufferSize, leaveOpen: true, useZeroByteReads: true)
        );
        LinkFault fault;
        try
        {
            fault = await ReadFramesAsync(reader);
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or OperationCanceledException)
        {
            fault = Closed(broken.Message);
        }
        catch (Exception bug)
        {
            // Shown to whoever watches the connection; nothing is lost by it.
            _ended.TrySetException(bug);
            fault = new LinkFault(LinkFaultKind.Released, bug.Message);
        }
        finally
        {
            await reader.CompleteAsync();
        }

        await EndAsync(fault);
    }

    private async Task<LinkFault> ReadFramesAsync(PipeReader reader)
    {
        while (true)
        {
            var result = await reader.ReadAsync(_ending.Token);
            var buffer = result.Buffer;
            var received = buffer.Length;
            var fault = _intake.Take(ref buffer);
            if (_intake.Refusal is { } refusal && refusal != _refused?.Refusal)
            {
                Volatile.Write(ref _refused, new(refusal, _clock.GetTimestamp()));
            }

            var whole = buffer.Length < received;
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (!whole && fault is null && !result.IsCompleted)
            {
                // Only whole frames are signs of life: a frame that drips for ever brings nothing.
                continue;
            }

            Volatile.Write(ref _lastRead, _clock.GetTimestamp());
            _probing = false;

            // While we are the slow side, the broker's silence proves nothing.
            _delivering = true;
            await _receiver.OnReadAsync(_ending.Token);
            Volatile.Write(ref _lastRead, _clock.GetTimestamp());
            _delivering = false;
            if (fault is not null)
            {
                return fault;
            }

            if (result.IsCompleted)
            {
                return Closed("The broker closed the connection.");
            }
        }
    }

    private LinkFault Closed(string detail) =>
        new(LinkFaultKind.Closed, detail) { LastWord = RefusedWithin(LastWords) };

    private async Task WriteAsync()
    {
        var writer = PipeWriter.Create(_stream, new StreamPipeWriterOptions(leaveOpen: true));
        string detail;
        try
        {
            while (true)
            {
                await _wake.Reader.ReadAsync(_ending.Token);
                await WriteWaitingAsync(writer);
            }
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or OperationCanceledException)
        {
            detail = broken.Message;
        }
        finally
        {
            // What is left in the buffer belongs to a connection that is gone: it must not be flushed.
            await writer.CompleteAsync(new OperationCanceledException());
        }

        // A broker that hangs up may have said why, and that is still on its way through the other loop.
        await Task.WhenAny(_reading, Task.Delay(Hearing, _clock, CancellationToken.None));
        await EndAsync(Closed(detail));
    }

    private async Task WriteWaitingAsync(PipeWriter writer)
    {
        TimeSpan wait;
        while (_outgoing.TryTake(out wait) is { } request)
        {
            if (_pending.MarkSent(request.Id))
            {
                FrameWriter.Write(writer, request.PayloadType, request.Message, _pending.Text(request.Id));
            }

            if (writer.UnflushedBytes >= FlushThreshold)
            {
                await FlushAsync(writer);
            }
        }

        if (_heartbeatDue)
        {
            _heartbeatDue = false;
            FrameWriter.Write(writer, PayloadTypes.Heartbeat, HeartbeatMessage, clientMsgId: null);
        }

        if (writer.UnflushedBytes > 0)
        {
            await FlushAsync(writer);
        }

        if (wait != Timeout.InfiniteTimeSpan)
        {
            _rateTimer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task FlushAsync(PipeWriter writer)
    {
        await writer.FlushAsync(_ending.Token);
        Volatile.Write(ref _lastWrite, _clock.GetTimestamp());
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private void Watch()
    {
        if (_ended.Task.IsCompleted)
        {
            return;
        }

        if (_pending.FailExpired() is > 0 and var expired)
        {
            LinkMetrics.TimedOut.Add(expired);
            _logger.RequestsTimedOut(expired);
        }

        if (_clock.GetElapsedTime(Volatile.Read(ref _lastWrite)) >= _timings.Heartbeat)
        {
            _heartbeatDue = true;
            Wake();
        }

        var silence = _clock.GetElapsedTime(Volatile.Read(ref _lastRead));
        if (_delivering || !_mayProbe)
        {
            return;
        }

        if (silence >= _timings.Dead)
        {
            // The timer must not wait for the loops to end.
            _ = EndAsync(new LinkFault(LinkFaultKind.Silent, $"Nothing received for {_timings.Dead}."));
        }
        else if (silence >= _timings.Probe && !_probing)
        {
            _probing = true;
            _logger.Probing(silence);
            // Any byte is answer enough, so the outcome itself is of no interest.
            _ = RequestAsync(new ProtoOAVersionReq(), CancellationToken.None);
        }
    }

    private async Task EndAsync(LinkFault fault)
    {
        if (!_ended.TrySetResult(fault) && _ending.IsCancellationRequested)
        {
            return;
        }

        _logger.ConnectionEnded(fault.Code, fault.Detail);
        _pending.Close(BrokerError.LinkLostCode, fault.Detail);
        _outgoing.Clear();
        await _ending.CancelAsync();
    }

    private sealed record Refused(BrokerError Refusal, long At);
}
