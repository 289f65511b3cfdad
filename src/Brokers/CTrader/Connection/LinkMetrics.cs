using System.Diagnostics.Metrics;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>What the links measure of themselves, under the meter <c>Trading.Brokers</c>.</summary>
internal static class LinkMetrics
{
    private static readonly Meter Meter = new("Trading.Brokers");

    /// <summary>Frames received.</summary>
    public static readonly Counter<long> Frames = Meter.CreateCounter<long>("link.frames", "{frame}");

    /// <summary>Ticks handed on.</summary>
    public static readonly Counter<long> Ticks = Meter.CreateCounter<long>("link.ticks", "{tick}");

    /// <summary>Frames passed over, by reason: a type nobody knows, an enum value nobody knows, no body.</summary>
    public static readonly Counter<long> Skipped = Meter.CreateCounter<long>("link.skipped", "{frame}");

    /// <summary>Requests that no answer came to in time.</summary>
    public static readonly Counter<long> TimedOut = Meter.CreateCounter<long>("link.requests.timed_out", "{request}");

    /// <summary>Requests waiting for the rate to let them out.</summary>
    public static readonly UpDownCounter<long> RequestsWaiting = Meter.CreateUpDownCounter<long>(
        "link.requests.waiting",
        "{request}"
    );

    /// <summary>Requests refused because too many waited.</summary>
    public static readonly Counter<long> RequestsTurnedAway = Meter.CreateCounter<long>(
        "link.requests.turned_away",
        "{request}"
    );

    /// <summary>Tries to connect, by how they ended.</summary>
    public static readonly Counter<long> Tries = Meter.CreateCounter<long>("link.tries", "{try}");

    /// <summary>Links that are up.</summary>
    public static readonly UpDownCounter<long> Up = Meter.CreateUpDownCounter<long>("link.up", "{link}");

    /// <summary>Notes a frame that was passed over.</summary>
    public static void Skip(string reason) => Skipped.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
