using System.Diagnostics.Metrics;

namespace Trading.Api.Audit;

/// <summary>Bounds how many questions look through much of the journal at once, and how many streams of it are open, so that
/// audits never starve the traders' own queries.</summary>
internal sealed class AuditLoad : IDisposable
{
    private const int Places = 4;
    private const int Streams = 16;
    private const int StreamsOfOne = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly Meter Meter = new("Trading.Api");
    private static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "trading.audit.refused",
        "{request}",
        "Audit questions refused because too many were being answered."
    );

    private readonly SemaphoreSlim _places = new(Places, Places);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _streams = [];

    /// <summary>Answers when there is a place, otherwise with 503.</summary>
    public async Task<IResult> RunAsync(Func<Task<IResult>> answer, CancellationToken cancellation)
    {
        if (!await _places.WaitAsync(Patience, cancellation))
        {
            Refused.Add(1);
            return ApiError.Unavailable("Too many audit questions at once: ask again in a moment.");
        }

        try
        {
            return await answer();
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>A place for a stream of lines, which lasts as long as its client likes; given back when disposed of. Null when
    /// the reader, or all together, have as many as there are: whoever does not read what they ask for keeps pages in memory.
    /// </summary>
    public IDisposable? EnterStream(string reader)
    {
        lock (_gate)
        {
            var mine = _streams.GetValueOrDefault(reader);
            if (mine >= StreamsOfOne || _streams.Values.Sum() >= Streams)
            {
                Refused.Add(1);
                return null;
            }

            _streams[reader] = mine + 1;
            return new StreamPlace(this, reader);
        }
    }

    private void LeaveStream(string reader)
    {
        lock (_gate)
        {
            if (--_streams[reader] == 0)
            {
                _streams.Remove(reader);
            }
        }
    }

    private sealed class StreamPlace(AuditLoad load, string reader) : IDisposable
    {
        public void Dispose() => load.LeaveStream(reader);
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}
