namespace Trading.Tools.Doctor.Checks;

/// <summary>Where the broker's server is, as the settings say.</summary>
internal static class BrokerPlace
{
    private const string Domain = "ctraderapi.com";
    private const int DefaultPort = 5035;

    /// <summary>Host and port. A HOST under the broker's domain tells that PORT is the broker's as well.</summary>
    public static (string Host, int Port) Of(Settings settings)
    {
        var isBrokers = settings["HOST"]?.EndsWith(Domain, StringComparison.OrdinalIgnoreCase) == true;
        var host =
            settings["CTRADER_HOST"]
            ?? (isBrokers ? settings["HOST"] : null)
            ?? $"{(settings["CTRADER_ENVIRONMENT"] == "live" ? "live" : "demo")}.{Domain}";
        return (host, settings.Port("CTRADER_PORT") ?? (isBrokers ? settings.Port("PORT") : null) ?? DefaultPort);
    }
}
