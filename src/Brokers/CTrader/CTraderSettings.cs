namespace Trading.Brokers.CTrader;

/// <summary>How to reach cTrader and as which application.</summary>
public sealed record CTraderSettings
{
    /// <summary>The application's id, as given by the vendor's portal.</summary>
    public required string ClientId { get; init; }

    /// <summary>The application's secret. Never to be logged.</summary>
    public required string ClientSecret { get; init; }

    /// <summary>Host of demo accounts.</summary>
    public string DemoHost { get; init; } = "demo.ctraderapi.com";

    /// <summary>Host of live accounts.</summary>
    public string LiveHost { get; init; } = "live.ctraderapi.com";

    /// <summary>TCP port for protobuf over TLS, 1 to 65535 (source: cTrader Open API).</summary>
    public int Port { get; init; } = 5035;

    /// <summary>A PEM file of certificates to trust beside those of the machine; null for none. Meant for the sandbox.</summary>
    public string? CaFile { get; init; }

    /// <summary>How long before their end tokens are renewed. They live about 30 days (source: cTrader Open API).</summary>
    public TimeSpan RenewTokensBefore { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Names the hosts; never the secret.</summary>
    public override string ToString() => $"cTrader at {DemoHost} and {LiveHost}, port {Port}";
}
