using System.Diagnostics;

namespace Trading.Tools.State;

/// <summary>Shows on a terminal how a long fold goes: how many events, how many a second, and how long it will take when the
/// end is known. Written to standard error, so that what is printed stays clean.</summary>
internal sealed class FoldProgress(string what, long? end = null) : IProgress<long>, IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly bool _shown = !Console.IsErrorRedirected;
    private readonly long _began = Stopwatch.GetTimestamp();
    private long _last;
    private int _width;

    /// <inheritdoc/>
    public void Report(long value)
    {
        // Short work needs no words.
        if (!_shown || Stopwatch.GetElapsedTime(_began) < Quiet || Stopwatch.GetElapsedTime(_last) < Pause)
        {
            return;
        }

        _last = Stopwatch.GetTimestamp();
        var rate = value / Stopwatch.GetElapsedTime(_began).TotalSeconds;
        var left = end is { } last && rate > 0 ? $", {(last - value) / rate:N0} s left" : "";
        Show($"{what}: {value:N0} events, {rate:N0} a second{left}");
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_width > 0)
        {
            Show("");
            Console.Error.Write('\r');
        }
    }

    private void Show(string line)
    {
        Console.Error.Write('\r' + line.PadRight(_width));
        _width = line.Length;
    }
}
