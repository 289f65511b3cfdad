using System.Net.WebSockets;
using Trading.Api.Configuration;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Projections.Messages;

namespace Trading.Api.Live;

/// <summary>What all tick sessions of an environment share.</summary>
internal sealed record TickFloor(
    BrokerEnvironment Environment,
    TickHub Hub,
    StatusBoard Board,
    IFeedInterest Interest,
    LimitSettings Limits,
    TimeProvider Time
);

/// <summary>One client of the tick streamer: understands its messages and holds its interest in symbols. See
/// <c>docs/websocket.md</c>.</summary>
internal sealed class TickSession
{
    private readonly ClientSocket _socket;
    private readonly TickFloor _floor;
    private readonly TickReader _reader;
    private readonly TickDialog _dialog;
    private readonly MessageRate _rate;
    private readonly Dictionary<SymbolName, IDisposable> _leases = [];
    private readonly AsyncSignal _statusChanged = new();

    /// <param name="socket">The client.</param>
    /// <param name="floor">What it shares with others.</param>
    public TickSession(ClientSocket socket, TickFloor floor)
    {
        _socket = socket;
        _floor = floor;
        _reader = new(floor.Hub.Ring, newestOnly: false);
        _rate = new(floor.Limits.SocketMessagesPerSecond, floor.Time);
        _dialog = new(floor.Limits.SymbolsPerSocket, floor.Time, Watch, Unwatch);
    }

    /// <summary>Serves the client until it leaves or <paramref name="cancellation"/> ends the service.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _floor.Hub.Join(_reader);
        _floor.Board.Changed += _statusChanged.Set;
        var pump = TickPump.RunAsync(_reader, _socket, pace: null, _floor.Time, ending.Token);
        var status = TellStatusAsync(ending.Token);
        try
        {
            while (await _socket.ReceiveAsync() is { } message)
            {
                await HandleAsync(message, ending.Token);
            }
        }
        finally
        {
            _floor.Board.Changed -= _statusChanged.Set;
            _floor.Hub.Leave(_reader);
            _dialog.End();
            await ending.CancelAsync();
            await Parting.AsMayBe(pump);
            await Parting.AsMayBe(status);
        }
    }

    private async Task TellStatusAsync(CancellationToken cancellation)
    {
        await using var registration = cancellation.Register(_statusChanged.Set);
        var told = _floor.Board.Of(_floor.Environment);
        while (!cancellation.IsCancellationRequested)
        {
            await _statusChanged.WaitAsync();
            var now = _floor.Board.Of(_floor.Environment);
            if (now.State != told.State || !now.Symbols.SameAs(told.Symbols))
            {
                told = now;
                await SendAsync(_dialog.Tell(Now()), cancellation);
            }
        }
    }

    private async ValueTask HandleAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (!_rate.Take())
        {
            LiveMeter.MessagesRefused.Add(1);
            await _socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "too many messages");
            return;
        }

        var answer = _dialog.Answer(bytes.Span, Now(), out var refused);
        if (refused)
        {
            LiveMeter.MessagesRefused.Add(1);
        }

        await SendAsync(answer, cancellation);
    }

    private bool Watch(SymbolName symbol)
    {
        if (_floor.Hub.Ring.NumberOf(symbol) is not { } number)
        {
            return false;
        }

        _leases.Add(symbol, _floor.Interest.Want(_floor.Environment, symbol));
        _reader.Watch(number, on: true);
        return true;
    }

    private void Unwatch(SymbolName symbol)
    {
        if (_leases.Remove(symbol, out var lease) && _floor.Hub.Ring.NumberOf(symbol) is { } number)
        {
            _reader.Watch(number, on: false);
            lease.Dispose();
        }
    }

    private TickStatus Now()
    {
        var status = _floor.Board.Of(_floor.Environment);
        return new(status.Word, status.Symbols, status.Reason);
    }

    private ValueTask SendAsync(byte[] text, CancellationToken cancellation) =>
        _socket.SendAsync(Frame.Of(text), cancellation);
}
