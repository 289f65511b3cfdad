using System.Globalization;

namespace Trading.Tools.Progress;

/// <summary>One line on standard error that says how far something is, how fast it goes and how long it will take. Silent when
/// standard error is not a terminal.</summary>
/// <param name="what">What goes on, in a word or two.</param>
/// <param name="unit">What is counted, for example <c>events</c>.</param>
/// <param name="time">Measures the rate.</param>
internal sealed class ProgressLine(string what, string unit, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly bool _visible = !Console.IsErrorRedirected;
    private readonly long _began = time.GetTimestamp();
    private long _shownAt = time.GetTimestamp();
    private long _first = -1;
    private int _width;

    /// <summary>Shows how far it is.</summary>
    /// <param name="done">How much of <paramref name="total"/> is done.</param>
    /// <param name="total">How much there is; 0 when not known.</param>
    /// <param name="counted">What is counted so far.</param>
    public void Show(long done, long total, long counted)
    {
        _first = _first < 0 ? counted : _first;
        if (!_visible || time.GetElapsedTime(_shownAt) < s_pause)
        {
            return;
        }

        _shownAt = time.GetTimestamp();
        Write(Text(done, total, counted - _first, time.GetElapsedTime(_began)));
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_width > 0)
        {
            Write("");
            Console.Error.Write('\r');
        }
    }

    /// <summary>What the line says.</summary>
    internal string Text(long done, long total, long counted, TimeSpan elapsed)
    {
        var seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        var rate = string.Create(CultureInfo.InvariantCulture, $"{counted / seconds:N0} {unit}/s");
        if (total <= 0 || done <= 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{what}: {counted:N0} {unit}, {rate}");
        }

        var left = TimeSpan.FromSeconds(seconds * Math.Max(0, total - done) / done);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {100 * done / total} %, {rate}, {left:h\\:mm\\:ss} left"
        );
    }

    private void Write(string text)
    {
        Console.Error.Write("\r" + text.PadRight(_width));
        _width = text.Length;
    }
}

/// <summary>Hands each report on at once, on the thread that makes it.</summary>
internal sealed class EachReport<T>(Action<T> take) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => take(value);
}
