using Trading.Domain.Ports;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// Holds the tokens of a link. A renewed pair is not given out before somebody has confirmed that it is stored: the
/// refresh token works once, so a pair that is used and then forgotten would cost the user's consent (source: cTrader
/// Open API).
/// </summary>
internal sealed class TokenKeeper(BrokerCredentials initial, TimeSpan renewBefore)
{
    private readonly Lock _gate = new();
    private BrokerCredentials _current = initial;
    private DateTimeOffset? _renewAt = initial.ExpiresAt - renewBefore;
    private TaskCompletionSource<BrokerCredentials>? _storing;
    private BrokerCredentials? _unconfirmed;

    /// <summary>The moment at which the pair should be renewed; null when that is unknown, or impossible.</summary>
    public DateTimeOffset? RenewAt
    {
        get
        {
            lock (_gate)
            {
                return _unconfirmed is null && !string.IsNullOrEmpty(_current.RefreshToken) ? _renewAt : null;
            }
        }
    }

    /// <summary>The pair to use, as soon as it is known to be stored.</summary>
    public Task<BrokerCredentials> UsableAsync()
    {
        lock (_gate)
        {
            return _storing?.Task ?? Task.FromResult(_current);
        }
    }

    /// <summary>Takes a renewed pair, which is to be used once it is stored.</summary>
    public void Renewed(BrokerCredentials pair, DateTimeOffset now)
    {
        lock (_gate)
        {
            _unconfirmed = pair;
            _storing ??= new TaskCompletionSource<BrokerCredentials>(
                TaskCreationOptions.RunContinuationsAsynchronously
            );
            // A pair that lives no longer than the margin must not be renewed at once, over and over.
            var margin = pair.ExpiresAt - now is { } life && life / 2 < renewBefore ? life / 2 : renewBefore;
            _renewAt = pair.ExpiresAt - margin;
        }
    }

    /// <summary>Gives up renewing ahead of time; the pair is used while it lasts.</summary>
    public void CannotRenew()
    {
        lock (_gate)
        {
            _renewAt = null;
        }
    }

    /// <summary>Notes that a pair is stored. One that we do not wait for changes nothing.</summary>
    public void Stored(BrokerCredentials pair)
    {
        TaskCompletionSource<BrokerCredentials>? storing;
        lock (_gate)
        {
            if (
                _unconfirmed is null
                || !string.Equals(_unconfirmed.AccessToken, pair.AccessToken, StringComparison.Ordinal)
            )
            {
                return;
            }

            _current = _unconfirmed;
            _unconfirmed = null;
            storing = _storing;
            _storing = null;
        }

        storing?.SetResult(pair);
    }
}
