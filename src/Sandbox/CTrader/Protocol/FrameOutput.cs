using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>
/// What is to be sent on one connection. Frames are appended under whatever order the world decides; one writer takes all of them at
/// once and gives them to the socket, so a slow socket makes bigger writes, not more of them.
/// </summary>
internal sealed class FrameOutput : IDisposable
{
    /// <summary>A peer that leaves more than this unread is cut off.</summary>
    public const int Limit = 64 << 20;

    private const int DrainedAt = 256 << 10;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _ready = new(0, 1);
    private byte[] _pending = ArrayPool<byte>.Shared.Rent(1_024);
    private byte[] _writing = [];
    private int _length;
    private TaskCompletionSource? _drained;
    private bool _closed;

    /// <summary>Bytes not yet taken by the writer.</summary>
    public int Pending => Volatile.Read(ref _length);

    /// <summary>Frames appended so far.</summary>
    public long Frames { get; private set; }

    /// <summary>True when the peer fell further behind than is kept for it.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Appends one message in its envelope; the payload field is always written, even when empty.</summary>
    public void Append(uint payloadType, IMessage message, string? clientMsgId)
    {
        var payload = message.CalculateSize();
        var id = clientMsgId is null ? 0 : Encoding.UTF8.GetByteCount(clientMsgId);
        var body =
            1
            + Varint.Size(payloadType)
            + 1
            + Varint.Size((ulong)payload)
            + payload
            + (clientMsgId is null ? 0 : 1 + Varint.Size((ulong)id) + id);
        lock (_lock)
        {
            var frame = Reserve(4 + body);
            if (frame.IsEmpty)
            {
                return;
            }

            BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)body);
            var at = 4;
            frame[at++] = 0x08;
            at += Varint.Write(frame[at..], payloadType);
            frame[at++] = 0x12;
            at += Varint.Write(frame[at..], (ulong)payload);
            message.WriteTo(frame.Slice(at, payload));
            at += payload;
            if (clientMsgId is not null)
            {
                frame[at++] = 0x1A;
                at += Varint.Write(frame[at..], (ulong)id);
                Encoding.UTF8.GetBytes(clientMsgId, frame[at..]);
            }

            Commit(4 + body);
        }
    }

    /// <summary>Appends bytes as they are.</summary>
    public void AppendRaw(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            var room = Reserve(bytes.Length);
            if (!room.IsEmpty)
            {
                bytes.CopyTo(room);
                Commit(bytes.Length);
            }
        }
    }

    /// <summary>Waits for bytes and takes all there are; empty when closed.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> TakeAsync(CancellationToken ct)
    {
        do
        {
            // A wake-up may come late, for bytes that the last call already took: then wait on.
            await _ready.WaitAsync(ct);
        } while (Pending == 0 && !Volatile.Read(ref _closed) && !Overflowed);

        TaskCompletionSource? drained;
        ReadOnlyMemory<byte> taken;
        lock (_lock)
        {
            if (_writing.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_writing);
            }

            _writing = _pending;
            taken = _writing.AsMemory(0, _length);
            _pending = ArrayPool<byte>.Shared.Rent(Math.Clamp(_length, 1_024, DrainedAt));
            _length = 0;
            drained = _drained;
            _drained = null;
            if (_closed)
            {
                Wake();
            }
        }

        drained?.TrySetResult();
        return taken;
    }

    /// <summary>Completes once the writer has caught up.</summary>
    public ValueTask DrainAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            if (_closed || _length < DrainedAt)
            {
                return ValueTask.CompletedTask;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_drained.Task.WaitAsync(ct));
        }
    }

    /// <summary>Lets go of whoever waits for the writer to catch up.</summary>
    public void ReleaseWaiters()
    {
        TaskCompletionSource? drained;
        lock (_lock)
        {
            drained = _drained;
            _drained = null;
        }

        drained?.TrySetResult();
    }

    /// <summary>Takes nothing more, releases whoever waits.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Wake();
        }

        ReleaseWaiters();
    }

    public void Dispose() => _ready.Dispose();

    private Span<byte> Reserve(int size)
    {
        if (_closed || Overflowed)
        {
            return default;
        }

        if (_length + size > Limit)
        {
            Overflowed = true;
            Wake();
            return default;
        }

        if (_length + size > _pending.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_pending.Length * 2, _length + size));
            _pending.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_pending);
            _pending = larger;
        }

        return _pending.AsSpan(_length, size);
    }

    private void Commit(int size)
    {
        Frames++;
        _length += size;
        Wake();
    }

    private void Wake()
    {
        if (_ready.CurrentCount == 0)
        {
            _ready.Release();
        }
    }
}
