using System.Net.Sockets;

namespace Trading.Tools.Doctor.Checks;

/// <summary>Sessions need a way to the broker's server.</summary>
internal sealed class BrokerReachable : ICheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Name => "broker";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        if (installation.IsDemo)
        {
            return Diagnosis.Ok("A demo brings its own sandbox.");
        }

        var (host, port) = BrokerPlace.Of(installation.Settings);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, patience.Token);
            return Diagnosis.Ok($"{host}:{port} takes connections.");
        }
        catch (Exception away) when (away is SocketException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return Diagnosis.Fail(
                $"{host}:{port} takes no connection: {(away is SocketException ? away.Message : "no answer")}.",
                "Check CTRADER_HOST and CTRADER_PORT, name resolution, and whether a firewall lets this port out."
            );
        }
    }
}
