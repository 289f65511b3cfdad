using System.Diagnostics;

namespace Trading.Bench.Harness;

/// <summary>Waits for a condition.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static Task TrueAsync(string what, Func<bool> condition, CancellationToken cancellation) =>
        TrueAsync(what, () => Task.FromResult(condition()), cancellation);

    public static async Task TrueAsync(string what, Func<Task<bool>> condition, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new TimeoutException($"Not within {Patience.TotalSeconds:0} s: {what}.");
            }

            await Task.Delay(Pause, cancellation);
        }
    }
}
