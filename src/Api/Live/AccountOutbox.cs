using Trading.Domain.Logs;

namespace Trading.Api.Live;

/// <summary>Business messages on their way to one client. Bounded in bytes: nothing in it is ever merged or dropped, so
/// when it is full it takes no more and the client has to go and resume.</summary>
internal sealed class AccountOutbox
{
    /// <summary>Most bytes waiting.</summary>
    public const int MaxBytes = 128 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<(Offset Offset, byte[] Frame)> _waiting = [];
    private int _bytes;
    private bool _overflowed;
    private bool _ended;

    /// <summary>Something waits, or no more is taken.</summary>
    public AsyncSignal Signal { get; } = new();

    /// <summary>It was full: the messages after those waiting are lost to this connection.</summary>
    public bool Overflowed
    {
        get
        {
            lock (_gate)
            {
                return _overflowed;
            }
        }
    }

    /// <summary>There is nobody any more whom messages could be about.</summary>
    public bool Ended
    {
        get
        {
            lock (_gate)
            {
                return _ended;
            }
        }
    }

    /// <summary>States that the user was erased.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
        }

        Signal.Set();
    }

    /// <summary>Puts a message in.</summary>
    public void Offer(Offset offset, byte[] frame)
    {
        lock (_gate)
        {
            if (_overflowed || _bytes + frame.Length > MaxBytes)
            {
                _overflowed = true;
            }
            else
            {
                _bytes += frame.Length;
                _waiting.Enqueue((offset, frame));
            }
        }

        Signal.Set();
    }

    /// <summary>Takes the oldest message, or null when none waits.</summary>
    public (Offset Offset, byte[] Frame)? Take()
    {
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out var message))
            {
                return null;
            }

            _bytes -= message.Frame.Length;
            return message;
        }
    }
}
