using System.Diagnostics.Metrics;

namespace Trading.Sandbox.CTrader;

/// <summary>What this server counts, on the meter <c>Trading.Sandbox</c>.</summary>
internal static class Meters
{
    private static readonly Meter s_meter = new("Trading.Sandbox");

    public static readonly UpDownCounter<int> Connections = s_meter.CreateUpDownCounter<int>(
        "sandbox.connections",
        description: "Open connections"
    );

    public static readonly Counter<long> Requests = s_meter.CreateCounter<long>(
        "sandbox.requests",
        description: "Requests taken from clients"
    );

    public static readonly Histogram<int> BatchBytes = s_meter.CreateHistogram<int>(
        "sandbox.output.batch",
        unit: "By",
        description: "Bytes that had gathered for one connection when its socket took them"
    );
}
