using System.Net.WebSockets;
using System.Text.Json;
using Trading.Api.Configuration;
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
internal sealed class TickSession(ClientSocket socket, TickFloor floor)
{
    private readonly TickReader _reader = new(floor.Hub.Ring, newestOnly: false);
    private readonly SortedDictionary<string, IDisposable> _leases = new(StringComparer.Ordinal);
    private readonly MessageRate _rate = new(floor.Limits.SocketMessagesPerSecond, floor.Time);
    private readonly AsyncSignal _statusChanged = new();

    /// <summary>Serves the client until it leaves or <paramref name="cancellation"/> ends the service.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        floor.Hub.Join(_reader);
        floor.Board.Changed += _statusChanged.Set;
        var pump = TickPump.RunAsync(_reader, socket, pace: null, floor.Time, ending.Token);
        var status = TellStatusAsync(ending.Token);
        try
        {
            while (await socket.ReceiveAsync() is { } message)
            {
                await HandleAsync(message, ending.Token);
            }
        }
        finally
        {
            floor.Board.Changed -= _statusChanged.Set;
            floor.Hub.Leave(_reader);
            foreach (var lease in _leases.Values)
            {
                lease.Dispose();
            }

            await ending.CancelAsync();
            await Parting.AsMayBe(pump);
            await Parting.AsMayBe(status);
        }
    }

    private async Task TellStatusAsync(CancellationToken cancellation)
    {
        await using var registration = cancellation.Register(_statusChanged.Set);
        var told = floor.Board.Of(floor.Environment);
        while (!cancellation.IsCancellationRequested)
        {
            await _statusChanged.WaitAsync();
            var now = floor.Board.Of(floor.Environment);
            if (now.State != told.State || !now.Symbols.SequenceEqual(told.Symbols))
            {
                told = now;
                await SendAsync(StatusNow(now), cancellation);
            }
        }
    }

    private async ValueTask HandleAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (!_rate.Take())
        {
            LiveMeter.MessagesRefused.Add(1);
            await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "too many messages");
            return;
        }

        ClientMessage? message;
        try
        {
            message = JsonSerializer.Deserialize(bytes.Span, MessageJson.Default.ClientMessage);
        }
        catch (JsonException)
        {
            message = null;
        }

        await SendAsync(
            message switch
            {
                null => Error("INVALID_JSON", "Send one JSON object a message.", null, null),
                { Id.Length: > 64 } => Error("VALIDATION_ERROR", "At most 64 characters.", "id", null),
                { Type: "connect" } => StatusNow(floor.Board.Of(floor.Environment)),
                { Type: "ping" } => Frame.Of(
                    new PongMessage("pong", NowMs(), message.Id),
                    MessageJson.Default.PongMessage
                ),
                { Type: "getSubscriptions" } => Subscriptions(message.Id),
                { Type: "subscribe" } => Subscribe(message),
                { Type: "unsubscribe" } => Unsubscribe(message),
                { Type: null } => Error("VALIDATION_ERROR", "The message has no type.", "type", message.Id),
                _ => Error("UNKNOWN_TYPE", "No such message type.", "type", message.Id),
            },
            cancellation
        );
    }

    private byte[] Subscribe(ClientMessage message)
    {
        if (NamesOf(message, out var names) is { } error)
        {
            return error;
        }

        var known = floor.Board.Of(floor.Environment).Symbols;
        if (known.Count > 0 && names.Find(name => !known.Contains(name)) is { } unknown)
        {
            return Error("UNKNOWN_SYMBOL", $"No such symbol: {unknown}.", "symbols", message.Id);
        }

        if (_leases.Count + names.Count(name => !_leases.ContainsKey(name)) > floor.Limits.SymbolsPerSocket)
        {
            return Error(
                "TOO_MANY_SYMBOLS",
                $"At most {floor.Limits.SymbolsPerSocket} symbols a connection.",
                "symbols",
                message.Id
            );
        }

        foreach (var name in names)
        {
            if (!_leases.ContainsKey(name) && floor.Hub.Ring.NumberOf(new(name)) is { } number)
            {
                _leases.Add(name, floor.Interest.Want(floor.Environment, new(name)));
                _reader.Watch(number, on: true);
            }
        }

        return Subscriptions(message.Id);
    }

    private byte[] Unsubscribe(ClientMessage message)
    {
        if (NamesOf(message, out var names) is { } error)
        {
            return error;
        }

        foreach (var name in names)
        {
            if (_leases.Remove(name, out var lease) && floor.Hub.Ring.NumberOf(new(name)) is { } number)
            {
                _reader.Watch(number, on: false);
                lease.Dispose();
            }
        }

        return Subscriptions(message.Id);
    }

    private byte[]? NamesOf(ClientMessage message, out List<string> names)
    {
        names = [];
        foreach (var text in message.Symbols ?? (message.Symbol is { } single ? [single] : []))
        {
            if (Market.SymbolArgument.Read(text) is not { } symbol)
            {
                return Error("UNKNOWN_SYMBOL", "Not a symbol's name.", "symbols", message.Id);
            }

            names.Add(symbol.Value);
        }

        return names.Count > 0
            ? null
            : Error("VALIDATION_ERROR", "symbols must list at least one symbol.", "symbols", message.Id);
    }

    private byte[] Subscriptions(string? id) =>
        Frame.Of(
            new SubscriptionsMessage("subscriptions", [.. _leases.Keys], id),
            MessageJson.Default.SubscriptionsMessage
        );

    private byte[] StatusNow(BackendStatus status) =>
        Frame.Of(
            new StatusMessage("status", status.Word, status.Symbols, status.Reason, NowMs()),
            MessageJson.Default.StatusMessage
        );

    private static byte[] Error(string code, string detail, string? field, string? id)
    {
        LiveMeter.MessagesRefused.Add(1);
        return Frame.Of(new ErrorMessage("error", code, detail, field, id), MessageJson.Default.ErrorMessage);
    }

    private ValueTask SendAsync(byte[] frame, CancellationToken cancellation) => socket.SendAsync(frame, cancellation);

    private long NowMs() => floor.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
