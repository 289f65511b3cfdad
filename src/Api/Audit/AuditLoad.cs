using System.Diagnostics.Metrics;

namespace Trading.Api.Audit;

/// <summary>Bounds how many questions look through much of the journal at once, so that audits never starve the traders'
/// own queries.</summary>
internal sealed class AuditLoad : IDisposable
{
    private const int Places = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly Meter Meter = new("Trading.Api");
    private static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "trading.audit.refused",
        "{request}",
        "Audit questions refused because too many were being answered."
    );

    private readonly SemaphoreSlim _places = new(Places, Places);

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

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}
