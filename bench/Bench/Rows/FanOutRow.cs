using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Bench.Peers;

namespace Trading.Bench.Rows;

internal sealed class FanOutRow : IRow
{
    private const string Message =
        """{"type":"tick","symbol":"EURUSD","bid":1.08543,"ask":1.08555,"timestamp":1700000000000,"offset":123456}""";
    private const int Clients = 1_000;
    public string Key => "fanout";
    public string What => "WebSocket fan-out of JSON messages to 1,000 clients";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        return new()
        {
            Ours = [await FanOutPeer.MeasureAsync(run, Message, Clients, cancellation)],
            Limits =
            [
                await SocketLimit.FanOutAsync(run, Message, Clients, cancellation),
                await KestrelLimit.EmptyEndpointAsync(run, cancellation),
            ],
            How = "",
        };
    }
}
