using System.Diagnostics;

namespace Trading.Bench.Harness;

/// <summary>This very program in another process, for what must not share ours.</summary>
internal static class ChildProcess
{
    public const string Client = "client";
    public const string Memory = "memory";

    /// <summary>Starts it; its standard input and output are the caller's.</summary>
    public static Process Start(string kind, string job)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        }

        start.ArgumentList.Add(kind);
        start.ArgumentList.Add(job);
        return Process.Start(start) ?? throw new InvalidOperationException($"The {kind} process did not start.");
    }
}
