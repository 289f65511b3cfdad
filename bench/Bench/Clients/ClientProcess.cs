using System.Text.Json;
using Trading.Bench.Harness;

namespace Trading.Bench.Clients;

/// <summary>What a load client is told to do.</summary>
/// <param name="Kind"><c>http</c> or <c>websocket</c>.</param>
/// <param name="Host">Loopback address of the server.</param>
/// <param name="Port">Its port.</param>
/// <param name="Path">The request's target.</param>
/// <param name="Headers">Further header lines, each ended by CR LF.</param>
/// <param name="Connections">How many connections at once.</param>
/// <param name="Seconds">Measured time.</param>
/// <param name="Greeting">WebSocket: text messages that each client sends when it is connected.</param>
internal sealed record ClientJob(
    string Kind,
    string Host,
    int Port,
    string Path,
    string Headers,
    int Connections,
    double Seconds,
    IReadOnlyList<string> Greeting
);

/// <summary>What a load client counted.</summary>
internal sealed record ClientCount(
    double PerSecond,
    double P50,
    double P90,
    double P99,
    double Max,
    long Count,
    string? Fault
);

/// <summary>Load clients live in a process of their own, so that neither their garbage nor their threads are counted as the
/// server's. The same clients measure us, the limit and the peer.</summary>
internal static class ClientProcess
{
    /// <summary>Starts a client process, waits until all connections stand, runs <paramref name="load"/> beside it and gives
    /// what it counted.</summary>
    public static async Task<ClientCount> RunAsync(
        ClientJob job,
        Func<CancellationToken, Task>? load,
        CancellationToken cancellation
    )
    {
        using var process = ChildProcess.Start(ChildProcess.Client, JsonSerializer.Serialize(job));
        try
        {
            if (await process.StandardOutput.ReadLineAsync(cancellation) is not "ready")
            {
                throw new InvalidOperationException("The client could not connect; its message is on standard error.");
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var loading = load is null ? Task.CompletedTask : Task.Run(() => load(stop.Token), cancellation);
            await process.StandardInput.WriteLineAsync("go");
            await process.StandardInput.FlushAsync(cancellation);
            var line = await process.StandardOutput.ReadLineAsync(cancellation);
            await stop.CancelAsync();
            try
            {
                await loading;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // The load was told to stop: it ran until the count was done.
            }

            var count =
                JsonSerializer.Deserialize<ClientCount>(line ?? "null")
                ?? throw new InvalidOperationException("The client ended early; its message is on standard error.");
            return count.Fault is null ? count : throw new InvalidOperationException(count.Fault);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>The client's own side.</summary>
    public static async Task<int> ServeAsync(string text)
    {
        var job = JsonSerializer.Deserialize<ClientJob>(text)!;
        await using ILoadClient client = job.Kind == "http" ? new HttpLoad(job) : new WebSocketLoad(job);
        await client.ConnectAsync();
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        var count = await client.CountAsync();
        Console.WriteLine(JsonSerializer.Serialize(count));
        // The connections stay until the server's load has been stopped: a reset would look like its fault.
        await Console.In.ReadLineAsync();
        return 0;
    }
}

/// <summary>One way to load a server.</summary>
internal interface ILoadClient : IAsyncDisposable
{
    /// <summary>Makes all connections.</summary>
    Task ConnectAsync();

    /// <summary>Counts for the job's time.</summary>
    Task<ClientCount> CountAsync();
}
