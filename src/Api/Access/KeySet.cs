using Microsoft.IdentityModel.Tokens;

namespace Trading.Api.Access;

/// <summary>The issuer's published keys, read when first needed and kept at most ten minutes. An unknown key id reads them
/// anew, at most every 30 s, so that forged ids cause no storm. When the issuer cannot be reached the last good set serves
/// for one more hour.</summary>
internal sealed class KeySet(Func<Task<byte[]>> read, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Usable = TimeSpan.FromMinutes(70);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>Without any key nobody gets in: asked again sooner.</summary>
    private static readonly TimeSpan PauseWithoutKeys = TimeSpan.FromSeconds(1);

    /// <summary>How long a caller waits for another one's reading.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private IReadOnlyList<PublishedKey> _keys = [];
    private DateTimeOffset? _readAt;
    private DateTimeOffset? _triedAt;

    /// <summary>The keys that may have signed a token with this algorithm and key id; null when no key was ever read.</summary>
    public async ValueTask<IReadOnlyList<SecurityKey>?> FindAsync(
        string algorithm,
        string? keyId,
        CancellationToken cancellation
    )
    {
        var found = Known(algorithm, keyId);
        if (found.Count == 0 || !IsYounger(Fresh))
        {
            // Whoever has a key that still serves does not stand in line behind an issuer that hangs.
            await RefreshAsync(found.Count > 0 && IsYounger(Usable) ? TimeSpan.Zero : Patience, cancellation);
            found = Known(algorithm, keyId);
        }

        return IsYounger(Usable) ? found : null;
    }

    private bool IsYounger(TimeSpan age) => time.GetUtcNow() - _readAt < age;

    private List<SecurityKey> Known(string algorithm, string? keyId) =>
        [.. _keys.Where(key => key.Fits(algorithm, keyId)).Select(key => key.Key)];

    private async Task RefreshAsync(TimeSpan patience, CancellationToken cancellation)
    {
        if (!await _reading.WaitAsync(patience, cancellation))
        {
            return;
        }

        try
        {
            var now = time.GetUtcNow();
            if (now - _triedAt < (IsYounger(Usable) ? Pause : PauseWithoutKeys))
            {
                return;
            }

            _triedAt = now;
            // Not cancelled with the caller who happens to ask first: the keys are for all.
            var keys = PublishedKey.ReadSet(await read());
            if (keys.Count == 0 && _keys.Count > 0)
            {
                Log.KeySetUnreadable(logger, "it holds no key that could be used");
                return;
            }

            _keys = keys;
            _readAt = now;
            Log.KeySetRead(logger, _keys.Count);
        }
        catch (Exception failure)
        {
            // Whatever is wrong with the issuer's answer, those who have a key that still serves go on with it.
            Log.KeySetUnreadable(logger, failure.Message);
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();
}
