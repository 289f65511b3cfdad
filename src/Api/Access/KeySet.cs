using System.Text.Json;

namespace Trading.Api.Access;

/// <summary>The issuer's published keys, read when first needed and kept at most ten minutes. An unknown key id reads them
/// anew, at most every 30 s, so that forged ids cause no storm. When the issuer cannot be reached the last good set serves
/// for one more hour.</summary>
internal sealed class KeySet(Func<CancellationToken, Task<string>> read, TimeProvider time, ILogger logger)
    : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Usable = TimeSpan.FromMinutes(70);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private IReadOnlyList<VerificationKey> _keys = [];
    private DateTimeOffset? _readAt;
    private DateTimeOffset? _triedAt;

    /// <summary>The keys that may have signed a token with this algorithm and key id; null when no key was ever read.</summary>
    public async ValueTask<IReadOnlyList<VerificationKey>?> FindAsync(
        string algorithm,
        string? keyId,
        CancellationToken cancellation
    )
    {
        var found = Known(algorithm, keyId);
        if (found.Count == 0 || !(time.GetUtcNow() - _readAt < Fresh))
        {
            await RefreshAsync(cancellation);
            found = Known(algorithm, keyId);
        }

        return time.GetUtcNow() - _readAt < Usable ? found : null;
    }

    private List<VerificationKey> Known(string algorithm, string? keyId) =>
        [
            .. _keys.Where(key =>
                key.Algorithm == algorithm && (keyId is null || key.KeyId is null || key.KeyId == keyId)
            ),
        ];

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        await _reading.WaitAsync(cancellation);
        try
        {
            var now = time.GetUtcNow();
            if (now - _triedAt < Pause)
            {
                return;
            }

            _triedAt = now;
            _keys = VerificationKey.ReadSet(await read(cancellation));
            _readAt = now;
            Log.KeySetRead(logger, _keys.Count);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or IOException or JsonException or TaskCanceledException
                && !cancellation.IsCancellationRequested
            )
        {
            Log.KeySetUnreadable(logger, failure.Message);
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();
}
