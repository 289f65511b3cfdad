using System.Text.Json;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Bench.Stage;

/// <summary>What the memory process is told.</summary>
internal sealed record MemoryJob(
    string ConnectionString,
    string Folder,
    int BrokerPort,
    string Certificates,
    int Sessions
);

/// <summary>What it found: bytes before any session and with all of them idle.</summary>
internal sealed record MemoryFound(long ManagedBefore, long ManagedAfter, long ResidentBefore, long ResidentAfter);

/// <summary>The service in a process of its own, so that the memory measured is its alone.</summary>
internal static class MemoryProbe
{
    private const int AtOnce = 50;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public static async Task<int> ServeAsync(string text)
    {
        var job = JsonSerializer.Deserialize<MemoryJob>(text)!;
        await using var service = await ServiceOnStage.StartAsync(
            job.ConnectionString,
            job.Folder,
            job.BrokerPort,
            job.Certificates,
            CancellationToken.None
        );
        // One session first: what every process pays once is not a session's.
        await StartAsync(service, 1);
        await ConnectedAsync(service, 1);
        var (managedBefore, residentBefore) = await MeasureAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(2, job.Sessions),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (number, _) => await StartAsync(service, number)
        );
        await ConnectedAsync(service, job.Sessions + 1);
        var (managedAfter, residentAfter) = await MeasureAsync();
        Console.WriteLine(
            JsonSerializer.Serialize(new MemoryFound(managedBefore, managedAfter, residentBefore, residentAfter))
        );
        return 0;
    }

    private static Task StartAsync(ServiceOnStage service, int number) =>
        service.StartSessionAsync(
            $"00000000-0000-4000-8000-{number:x12}",
            $"trader-{number}-access-token",
            6_000_000 + number,
            CancellationToken.None
        );

    private static async Task ConnectedAsync(ServiceOnStage service, int sessions)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var connected = 0;
        await foreach (var batch in service.Journal.SubscribeAsync(Offset.Start, patience.Token))
        {
            connected += batch.Count(recorded => recorded.Type == SessionConnected.Descriptor.FullName);
            if (connected >= sessions)
            {
                return;
            }
        }
    }

    private static async Task<(long Managed, long Resident)> MeasureAsync()
    {
        await Task.Delay(Settling);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (GC.GetTotalMemory(forceFullCollection: false), Environment.WorkingSet);
    }
}
