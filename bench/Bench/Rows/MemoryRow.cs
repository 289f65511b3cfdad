using System.Text.Json;
using Trading.Bench.Harness;
using Trading.Bench.Stage;
using Trading.Sandbox.CTrader;

namespace Trading.Bench.Rows;

/// <summary>What a connected session costs while nothing happens.</summary>
internal sealed class MemoryRow : IRow
{
    private const int Sessions = 1_000;

    public string Key => "memory";

    public string What => "memory per idle session, 1,000 sessions";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var certificates = Path.Combine(run.Folder, "sandbox-ca.pem");
        await using var sandbox = await CTraderSandbox.StartAsync(
            new()
            {
                Users = DefaultWorld.Traders(Sessions + 1),
                WalkUpdatesPerSecond = 0,
                CaPath = certificates,
            },
            cancellation
        );
        var job = new MemoryJob(
            await run.DatabaseAsync(cancellation),
            Path.Combine(run.Folder, "service"),
            sandbox.Port,
            certificates,
            Sessions
        );
        using var process = ChildProcess.Start(ChildProcess.Memory, JsonSerializer.Serialize(job));
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(cancellation);
            var found =
                JsonSerializer.Deserialize<MemoryFound>(line ?? "null")
                ?? throw new InvalidOperationException("The process ended early; its message is on standard error.");
            var resident = (found.ResidentAfter - found.ResidentBefore) / 1024.0 / Sessions;
            var managed = (found.ManagedAfter - found.ManagedBefore) / 1024.0 / Sessions;
            return new()
            {
                Ours = [new("resident", resident, "KB a session"), new("of it managed", managed, "KB a session")],
                Marks = [Mark.AtMost(resident, 150, "KB a session")],
                How =
                    $"{Sessions} sessions of as many users, each with its own TLS connection to the real sandbox, authorised "
                    + "and reconciled, no symbol subscribed. The service runs in a process of its own; memory is what it grew by "
                    + "since its first session stood, both times after a full collection.",
            };
        }
        finally
        {
            process.Kill();
        }
    }
}
