using System.Globalization;
using Trading.Domain.Logs;

namespace Trading.Tools.Progress;

/// <summary>One line on standard error that says how far something is, how fast it goes and how long it will take.</summary>
/// <param name="what">What goes on, in a word or two.</param>
/// <param name="unit">What is counted, for example <c>events</c>.</param>
/// <param name="time">Measures the rate.</param>
/// <param name="terminal">Where the line stands; null when nobody looks.</param>
internal sealed class ProgressLine(string what, string unit, TimeProvider time, TextWriter? terminal) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private long _shownAt = time.GetTimestamp();
    private (long Done, long Counted, long At)? _first;
    private int _width;

    /// <summary>A line on the terminal that standard error is; without words when it is none.</summary>
    /// <param name="what">What goes on, in a word or two.</param>
    /// <param name="unit">What is counted, for example <c>events</c>.</param>
    /// <param name="quiet">A program reads along: no words in any case.</param>
    public ProgressLine(string what, string unit, bool quiet = false)
        : this(what, unit, TimeProvider.System, quiet || Console.IsErrorRedirected ? null : Console.Error) { }

    /// <summary>Whether anybody sees it.</summary>
    public bool IsVisible => terminal is not null;

    /// <summary>Takes reports of how much of a total is done.</summary>
    /// <param name="total">How much there is; 0 when not known.</param>
    public IProgress<long> Of(long total) => new EachReport<long>(done => Show(done, total, done));

    /// <summary>Takes reports of the offset reached.</summary>
    /// <param name="after">Where it began.</param>
    /// <param name="upTo">Where it will end.</param>
    public IProgress<Offset> Between(Offset after, Offset upTo) =>
        new EachReport<Offset>(at => Show(at.Value - after.Value, upTo.Value - after.Value, at.Value));

    /// <summary>Shows how far it is. Speed is measured from the first call on: what was done before it, perhaps by an
    /// earlier run, says nothing about it.</summary>
    /// <param name="done">How much of <paramref name="total"/> is done.</param>
    /// <param name="total">How much there is; 0 when not known.</param>
    /// <param name="counted">What is counted so far.</param>
    public void Show(long done, long total, long counted)
    {
        var now = time.GetTimestamp();
        _first ??= (done, counted, now);
        if (terminal is null || time.GetElapsedTime(_shownAt, now) < s_pause)
        {
            return;
        }

        _shownAt = now;
        Write(Text(done, total, counted, now));
    }

    /// <summary>Shows a text of its own.</summary>
    public void Say(string text)
    {
        if (terminal is not null)
        {
            Write($"{what}: {text}");
        }
    }

    /// <summary>Takes the line away, until it is shown again.</summary>
    public void Clear()
    {
        if (_width > 0)
        {
            Write("");
            terminal!.Write('\r');
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private string Text(long done, long total, long counted, long now)
    {
        var (firstDone, firstCounted, began) = _first!.Value;
        var seconds = time.GetElapsedTime(began, now).TotalSeconds;
        var place =
            total > 0
                ? string.Create(CultureInfo.InvariantCulture, $"{what}: {100 * Math.Min(done, total) / total} %")
                : string.Create(CultureInfo.InvariantCulture, $"{what}: {counted:N0} {unit}");
        if (seconds <= 0 || counted <= firstCounted)
        {
            return place;
        }

        place += string.Create(CultureInfo.InvariantCulture, $", {(counted - firstCounted) / seconds:N0} {unit}/s");
        if (total <= 0 || done <= firstDone)
        {
            return place;
        }

        var left = TimeSpan.FromSeconds(seconds * Math.Max(0, total - done) / (done - firstDone));
        return place + string.Create(CultureInfo.InvariantCulture, $", {left:h\\:mm\\:ss} left");
    }

    private void Write(string text)
    {
        terminal!.Write("\r" + text.PadRight(_width));
        _width = text.Length;
    }
}

/// <summary>Hands each report on at once, on the thread that makes it.</summary>
internal sealed class EachReport<T>(Action<T> take) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => take(value);
}
