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
        new PersistRow("persist", actors: 100, events: 100, timesDefault: 3.5, timesTuned: 2),
        new PersistRow("persist-100", actors: 100, events: 1, timesDefault: 2, timesTuned: 1.2),
        new PersistRow("persist-1000", actors: 1_000, events: 1, timesDefault: 2, timesTuned: 1.2),
        new ActorRecoveryRow("recover-one", actors: 1, events: 1_000_000, timesTuned: 3.5, ofCopy: 0.8),
        new ActorRecoveryRow("recover-many", actors: 1_000, events: 100, timesTuned: 2.5, ofCopy: null),
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
