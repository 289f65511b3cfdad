namespace Trading.Bench.Harness;

/// <summary>Numbers as a person reads them.</summary>
internal static class Numbers
{
    public static string Short(double value) =>
        Math.Abs(value) switch
        {
            >= 10_000_000 => $"{value / 1_000_000:0}M",
            >= 1_000_000 => $"{value / 1_000_000:0.0#}M",
            >= 10_000 => $"{value / 1_000:0}k",
            >= 1_000 => $"{value / 1_000:0.0#}k",
            >= 100 => $"{value:0}",
            _ => $"{value:0.###}",
        };
}
