using System.Net.WebSockets;
using Trading.Domain;

namespace Trading.Api.Live;

/// <summary>One client of <c>/ws/prices/{instrument}</c>: the last price at once, then the newest at most ten times a
/// second.</summary>
internal sealed class PriceSession(ClientSocket socket, SymbolName symbol, TickFloor floor)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly TickReader _reader = new(floor.Hub.Ring, newestOnly: true);

    /// <summary>Serves the client until it leaves or <paramref name="cancellation"/> ends the service. What it says is not
    /// listened to.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (floor.Hub.Ring.NumberOf(symbol) is not { } number)
        {
            return;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var lease = floor.Interest.Want(floor.Environment, symbol);
        _reader.Watch(number, on: true);
        floor.Hub.Join(_reader);
        var rate = new MessageRate(floor.Limits.SocketMessagesPerSecond, floor.Time);
        var pump = TickPump.RunAsync(_reader, socket, Pace, floor.Time, ending.Token);
        try
        {
            while (await socket.ReceiveAsync() is not null)
            {
                if (!rate.Take())
                {
                    await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "too many messages");
                }
            }
        }
        finally
        {
            floor.Hub.Leave(_reader);
            await ending.CancelAsync();
            await Parting.AsMayBe(pump);
        }
    }
}
