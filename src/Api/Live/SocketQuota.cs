using Trading.Api.Configuration;

namespace Trading.Api.Live;

/// <summary>Counts open WebSockets, in all and for each client, and says when there are enough.</summary>
internal sealed class SocketQuota(LimitSettings limits)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _open = [];
    private int _total;

    /// <summary>Open connections now.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _total;
            }
        }
    }

    /// <summary>A place for one more socket of this client, to be disposed with it; null when there is none.</summary>
    public IDisposable? Enter(string client)
    {
        lock (_gate)
        {
            var mine = _open.GetValueOrDefault(client);
            if (_total >= limits.Sockets || mine >= limits.SocketsPerClient)
            {
                LiveMeter.SocketsRefused.Add(1);
                return null;
            }

            _total++;
            _open[client] = mine + 1;
            LiveMeter.Sockets.Add(1);
            return new Place(this, client);
        }
    }

    private void Leave(string client)
    {
        lock (_gate)
        {
            _total--;
            LiveMeter.Sockets.Add(-1);
            if (--_open[client] == 0)
            {
                _open.Remove(client);
            }
        }
    }

    private sealed class Place(SocketQuota quota, string client) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                quota.Leave(client);
            }
        }
    }
}
