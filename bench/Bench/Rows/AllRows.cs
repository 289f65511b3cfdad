using Trading.Bench.Harness;

namespace Trading.Bench.Rows;

/// <summary>Every row, in the order of the design's marks.</summary>
internal static class AllRows
{
    public static IReadOnlyList<IRow> InOrder { get; } =
    [
        new AppendRow("append", callers: 100, batch: 100, atLeast: 200_000),
        new AppendRow("bulk", callers: 16, batch: 1_000, atLeast: 300_000),
        new EveryCallerRow(),
        new RecoveryRow(),
        new PastStateRow(),
        new RebuildRow(),
        new RebuildBesideLiveRow(),
        new VerifyRow(),
        new ImportRow(),
        new TicksRow(),
        new CandlesRow(),
        new AccountRow(),
        new FanOutRow(),
        new TickLatencyRow(),
        new EventLatencyRow(),
        new MemoryRow(),
        new RestartRow(),
        new DecodeRow(),
    ];
}
