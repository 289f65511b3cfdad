using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Google.Protobuf;
using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.Faults;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>One client connection: TLS, frames in, frames out, and what is authorised on it.</summary>
internal sealed class Connection : IDisposable
{
    private const int MaxInbound = 1 << 20;

    /// <summary>How long a refused client is still answered before the connection ends.</summary>
    private static readonly TimeSpan s_dismissal = TimeSpan.FromSeconds(2);

    /// <summary>How long a client may take for what it is sent last.</summary>
    private static readonly TimeSpan s_lastWrite = TimeSpan.FromSeconds(5);

    private readonly SandboxWorld _world;
    private readonly Socket _socket;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stalled;
    private volatile bool _isOpen;
    private TaskCompletionSource? _resumed;
    private string _reason = "closed by the client";

    public Connection(SandboxWorld world, Socket socket, ILogger logger, CancellationToken stopping)
    {
        _world = world;
        _socket = socket;
        _logger = logger;
        _closing = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Peer = socket.RemoteEndPoint?.ToString() ?? "?";
        OpenedAt = LastInbound = LastOutbound = world.Options.Time.GetTimestamp();
        Limiter = new RateLimiter(world.Options);
        lock (world.Gate)
        {
            Id = world.NextConnectionId();
            world.Connections.Add(this);
        }
    }

    public long Id { get; }
    public string Peer { get; }
    public FrameOutput Output { get; } = new();
    public RateLimiter Limiter { get; }
    public bool IsApplicationAuthorised { get; set; }
    public Dictionary<long, AccountSession> Sessions { get; } = [];

    /// <summary>True while nothing is given to the socket although it is open.</summary>
    public bool IsStalled => _stalled;

    /// <summary>True while what is sent goes nowhere, because the connection is about to drop.</summary>
    public bool IsMuted { get; set; }

    /// <summary>True once the server has decided to end it: nothing it asks for is applied any more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Why the connection is about to end: the answer to whatever the client still asks for.</summary>
    public Refusal? Dismissed { get; private set; }
    public long OpenedAt { get; }
    public long LastInbound { get; private set; }
    public long LastOutbound { get; private set; }

    public Task Closed => _closed.Task;

    public async Task RunAsync(SslServerAuthenticationOptions tls)
    {
        Log.Opened(_logger, Id, Peer);
        Meters.Connections.Add(1);
        try
        {
            _socket.NoDelay = true;
            await using var stream = new SslStream(new NetworkStream(_socket, ownsSocket: false));
            await stream.AuthenticateAsServerAsync(tls, _closing.Token);
            _isOpen = true;
            var writing = WriteAsync(stream);
            try
            {
                await ReadAsync(stream);
            }
            finally
            {
                Output.Close();

                // A stalled writer would wait for ever for a client that has left, one that is not read from too.
                Stall(stalled: false);
                _closing.CancelAfter(s_lastWrite);
                await writing;
            }
        }
        catch (AuthenticationException e)
        {
            _reason = "TLS handshake failed";
            Log.HandshakeFailed(_logger, Id, e.Message);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            _reason = e.Message;
        }
        catch (OperationCanceledException)
        {
            // Dropped by a fault, by the clock or by the end of the server.
        }
        finally
        {
            Leave();
            _socket.Dispose();
            Meters.Connections.Add(-1);
            Log.Closed(_logger, Id, _reason);
            _closed.TrySetResult();
        }
    }

    /// <summary>Sends one message, unless a fault waits for it.</summary>
    public void Send<TMessage>(TMessage message, string? clientMsgId)
        where TMessage : IMessage<TMessage>, new() => Send(PayloadOf<TMessage>.Number, message, clientMsgId);

    public void SendEvent(AccountEvent @event) =>
        Send((uint)TradeMessages.TypeOf(@event), TradeMessages.Of(@event), @event.RequestId);

    public void Send(uint payloadType, IMessage message, string? clientMsgId)
    {
        if (_world.Faults.ForMessage(Id, payloadType) is { } fault)
        {
            Faulty(fault, payloadType, message, clientMsgId);
        }
        else
        {
            Write(payloadType, message, clientMsgId);
        }
    }

    public void SendSpot(long accountId, long symbolId, long bid, long ask, long timestamp)
    {
        Span<byte> frame = stackalloc byte[SpotFrame.MaxSize];
        var size = SpotFrame.Write(frame, accountId, symbolId, bid, ask, timestamp);
        if (_world.Faults.Any && _world.Faults.ForMessage(Id, (uint)PayloadType.ProtoOaSpotEvent) is { } fault)
        {
            var payload = ProtoOASpotEvent.Parser.ParseFrom(frame[9..size]);
            Faulty(fault, (uint)PayloadType.ProtoOaSpotEvent, payload, clientMsgId: null);
        }
        else if (!IsMuted)
        {
            Output.AppendRaw(frame[..size]);
        }
    }

    public void SendTokenInvalidated(IReadOnlyList<long> accounts, string reason)
    {
        var message = new ProtoOAAccountsTokenInvalidatedEvent { Reason = reason };
        message.CtidTraderAccountIds.AddRange(accounts);
        Send(message, clientMsgId: null);
    }

    /// <summary>Ends one account session, telling the client.</summary>
    public void EndSession(long accountId)
    {
        if (Sessions.Remove(accountId, out var session))
        {
            Unlisten(session);
            Send(new ProtoOAAccountDisconnectEvent { CtidTraderAccountId = accountId }, clientMsgId: null);
        }
    }

    /// <summary>Closes at once; what was not yet sent is lost.</summary>
    public void Drop(string reason)
    {
        HasEnded = true;
        _reason = reason;
        Output.Close();
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _ = _closing.CancelAsync();
    }

    /// <summary>Closes after what is waiting has been sent.</summary>
    public void Finish(string reason)
    {
        HasEnded = true;
        _reason = reason;
        Output.Close();
        _closing.CancelAfter(_isOpen && !IsStalled ? s_lastWrite : TimeSpan.Zero);
    }

    /// <summary>Refuses everything from now on, and closes in a moment: a client that has not noticed is told again.</summary>
    public void Dismiss(Refusal refusal, string reason)
    {
        Dismissed = refusal;
        _ = FinishLaterAsync(reason);
    }

    public void Stall(bool stalled)
    {
        if (stalled)
        {
            _resumed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _stalled = true;
            Output.ReleaseWaiters();
        }
        else
        {
            _stalled = false;
            _resumed?.TrySetResult();
            _resumed = null;
        }
    }

    /// <summary>Ends the sending direction only; the client may go on talking.</summary>
    public void HalfClose()
    {
        Stall(stalled: true);
        _socket.Shutdown(SocketShutdown.Send);
    }

    public void Dispose() => _closing.Dispose();

    private void Faulty(FaultRule fault, uint payloadType, IMessage message, string? clientMsgId)
    {
        switch (fault.Kind)
        {
            case FaultKind.Duplicate:
                Write(payloadType, message, clientMsgId);
                Write(payloadType, message, clientMsgId);
                break;
            case FaultKind.Delay:
                _ = WriteLaterAsync(fault.DelayMs, payloadType, message, clientMsgId);
                break;
            case FaultKind.CutFrame:
                Span<byte> half = [0, 0, 0, 60, 0x08, 0xB3, 0x10, 0x12];
                Output.AppendRaw(half);
                Finish("fault: frame cut");
                break;
            case FaultKind.Swallow:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "not a fault of a message");
        }
    }

    private async Task FinishLaterAsync(string reason)
    {
        try
        {
            await Task.Delay(s_dismissal, _world.Options.Time, _closing.Token);
            lock (_world.Gate)
            {
                Finish(reason);
            }
        }
        catch (OperationCanceledException)
        {
            // The client has left by itself.
        }
    }

    private async Task WriteLaterAsync(int delayMs, uint payloadType, IMessage message, string? clientMsgId)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(delayMs), _world.Options.Time, _closing.Token);
            Write(payloadType, message, clientMsgId);
        }
        catch (OperationCanceledException)
        {
            // The connection ended before the message was due.
        }
    }

    private void Write(uint payloadType, IMessage message, string? clientMsgId)
    {
        if (!IsMuted)
        {
            Output.Append(payloadType, message, clientMsgId);
        }
    }

    private async Task WriteAsync(SslStream stream)
    {
        try
        {
            while (true)
            {
                var bytes = await Output.TakeAsync(_closing.Token);
                if (_resumed is { } resumed)
                {
                    await resumed.Task.WaitAsync(_closing.Token);
                }

                if (bytes.IsEmpty)
                {
                    // Everything is sent: end our direction properly, so that the last answer is not lost with a reset.
                    await stream.ShutdownAsync();
                    _socket.Shutdown(SocketShutdown.Send);
                    break;
                }

                await stream.WriteAsync(bytes, _closing.Token);
                Meters.BatchBytes.Record(bytes.Length);
                LastOutbound = _world.Options.Time.GetTimestamp();
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            _reason = e.Message;
        }
        catch (OperationCanceledException)
        {
            // The connection is being dropped.
        }

        _reason = Output.Overflowed ? "the client reads too slowly" : _reason;
        await _closing.CancelAsync();
    }

    private async Task ReadAsync(SslStream stream)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 1_024, leaveOpen: true));
        while (true)
        {
            var result = await reader.ReadAsync(_closing.Token);
            LastInbound = _world.Options.Time.GetTimestamp();
            var buffer = result.Buffer;
            bool tooLong;
            while (FrameInput.TryRead(ref buffer, MaxInbound, out var body, out tooLong))
            {
                Requests.Handle(_world, this, body, _logger);
            }

            if (tooLong)
            {
                Send(new ProtoErrorRes { ErrorCode = "FRAME_TOO_LONG", Description = "The frame is too long" }, null);
                Finish("frame too long");
                await Task.Delay(Timeout.Infinite, _closing.Token);
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    private void Leave()
    {
        lock (_world.Gate)
        {
            Output.Close();
            _world.Connections.Remove(this);
            foreach (var session in Sessions.Values)
            {
                Unlisten(session);
            }

            Sessions.Clear();
        }
    }

    private void Unlisten(AccountSession session)
    {
        foreach (var spot in session.Spots.Values)
        {
            spot.Instrument.Listeners.Remove(spot);
        }

        session.Spots.Clear();
        _world.ListenersChanged([]);
    }
}
