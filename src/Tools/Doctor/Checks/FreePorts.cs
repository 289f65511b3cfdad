using System.Net;
using System.Net.Sockets;

namespace Trading.Tools.Doctor.Checks;

/// <summary>A port that another program holds keeps the service from starting.</summary>
internal sealed class FreePorts : ICheck
{
    private const int DefaultPort = 8080;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string Name => "ports";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var settings = installation.Settings;
        // Under a broker's HOST, PORT is the broker's: see docs/configuration.md.
        var isBrokers = settings["HOST"]?.EndsWith("ctraderapi.com", StringComparison.OrdinalIgnoreCase) == true;
        int?[] ports = isBrokers
            ? [settings.Port("WS_PORT") ?? DefaultPort]
            : [settings.Port("PORT") ?? DefaultPort, settings.Port("WS_PORT")];
        var address =
            IPAddress.TryParse(settings["HOST"], out var given) ? given
            : settings["HOST"] == "localhost" ? IPAddress.Loopback
            : IPAddress.Any;
        var serving = new List<int>();
        foreach (var port in ports.OfType<int>().Distinct())
        {
            if (IsFree(address, port))
            {
                continue;
            }

            if (!await IsOursAsync(address, port, cancellation))
            {
                return Diagnosis.Fail(
                    $"Port {port} is held by another program.",
                    $"Find it (ss -ltnp 'sport = :{port}') and stop it, or choose another one in PORT or WS_PORT."
                );
            }

            serving.Add(port);
        }

        return Diagnosis.Ok(
            serving.Count == 0 ? "They are free." : $"The service itself is serving on {string.Join(", ", serving)}."
        );
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException taken)
            when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }

    private static async Task<bool> IsOursAsync(IPAddress address, int port, CancellationToken cancellation)
    {
        var host = address.Equals(IPAddress.Any) ? IPAddress.Loopback : address;
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            var answer = await client.GetStringAsync(new Uri($"http://{host}:{port}/health/live"), cancellation);
            return answer.Contains("\"live\"", StringComparison.Ordinal);
        }
        catch (Exception other) when (other is HttpRequestException or TaskCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }
}
