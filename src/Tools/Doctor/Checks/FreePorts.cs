using System.Net;
using Trading.Configuration;

namespace Trading.Tools.Doctor.Checks;

/// <summary>A port that another program holds keeps the service from starting.</summary>
internal sealed class FreePorts : ICheck
{
    private const int DefaultPort = 8080;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string Name => "ports";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var seen = new List<string>();
        foreach (var (place, from) in PlacesOf(installation))
        {
            if (TakenPort.At(place) is not { } taken)
            {
                seen.Add($"{place} ({from}) is free");
            }
            else if (!taken.IsDenied && await IsOursAsync(place, cancellation))
            {
                seen.Add($"{place} ({from}) is held by {taken.Holder ?? "a program"}, which answers as this service");
            }
            else
            {
                return Diagnosis.Fail(
                    $"{taken} ({from}).",
                    $"Find it (ss -ltnp 'sport = :{place.Port}') and stop it, or choose another one in {from}."
                );
            }
        }

        return Diagnosis.Ok($"{string.Join("; ", seen)}.");
    }

    // A demo is told its port on its command line, and writes down where it serves.
    private static IEnumerable<(IPEndPoint Place, string From)> PlacesOf(Installation installation)
    {
        if (installation.IsDemo && DemoAddress(installation.DataFolder) is { } demo)
        {
            return [(demo, $"TRADING_URL in {Path.Combine(installation.DataFolder, DemoFile)}")];
        }

        var settings = installation.Settings;
        // Under a broker's HOST, PORT is the broker's: see docs/configuration.md.
        var isBrokers = settings["HOST"]?.EndsWith("ctraderapi.com", StringComparison.OrdinalIgnoreCase) == true;
        var address =
            IPAddress.TryParse(settings["HOST"], out var given) ? given
            : settings["HOST"] == "localhost" ? IPAddress.Loopback
            : IPAddress.IPv6Any;
        var (first, second) = (settings.Port("PORT"), settings.Port("WS_PORT"));
        (int? Port, string From)[] ports = isBrokers
            ? [(second ?? DefaultPort, "WS_PORT")]
            : [(first ?? DefaultPort, "PORT"), (second, "WS_PORT")];
        return ports
            .Where(one => one.Port is not null)
            .DistinctBy(one => one.Port)
            .Select(one => (new IPEndPoint(address, one.Port!.Value), one.From));
    }

    private const string DemoFile = "demo.env";

    private static IPEndPoint? DemoAddress(string dataFolder)
    {
        try
        {
            return
                ConfigurationFile.Variables(Path.Combine(dataFolder, DemoFile))?.GetValueOrDefault("TRADING_URL")
                    is { } text
                && Uri.TryCreate(text, UriKind.Absolute, out var url)
                && IPAddress.TryParse(url.Host, out var address)
                ? new(address, url.Port)
                : null;
        }
        catch (SettingsFileException)
        {
            return null;
        }
    }

    private static async Task<bool> IsOursAsync(IPEndPoint place, CancellationToken cancellation)
    {
        var host =
            place.Address.Equals(IPAddress.Any) || place.Address.Equals(IPAddress.IPv6Any)
                ? IPAddress.Loopback
                : place.Address;
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            var answer = await client.GetStringAsync(
                new Uri($"http://{new IPEndPoint(host, place.Port)}/health/live"),
                cancellation
            );
            return answer.Contains("\"live\"", StringComparison.Ordinal);
        }
        catch (Exception other) when (other is HttpRequestException or TaskCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }
}
