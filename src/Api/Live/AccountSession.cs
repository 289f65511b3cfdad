using System.Data.Common;
using System.Net.WebSockets;
using System.Text;
using Trading.Api.Configuration;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore;
using Trading.Projections.Messages;

namespace Trading.Api.Live;

/// <summary>The first frame of an account socket: how things stand at an offset.</summary>
internal sealed record AccountSnapshotFrame(Offset At, byte[] Frame);

/// <summary>What all account sessions share.</summary>
internal sealed record AccountFloor(
    AccountHub Hub,
    IEventLog Journal,
    Func<UserKey, CancellationToken, Task<AccountSnapshotFrame>> Snapshot,
    LimitSettings Limits,
    TimeProvider Time
);

/// <summary>One client of <c>/ws/account</c>: a snapshot or the events it missed, then every event as it is committed; each
/// once, in order, each with its offset.</summary>
internal sealed class AccountSession(ClientSocket socket, UserKey user, Offset? after, AccountFloor floor)
{
    /// <summary>A client further behind than this gets a snapshot: reading so much of the journal for one client would take
    /// from all.</summary>
    public const long MaxResume = 50_000;

    private readonly AccountOutbox _outbox = new();
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MessageRate _rate = new(floor.Limits.SocketMessagesPerSecond, floor.Time);
    private Offset _sent;

    /// <summary>Serves the client until it leaves, is too slow, or <paramref name="cancellation"/> ends the service.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var live = floor.Hub.Join(user, _outbox);
        var writing = TellAsync(live, ending.Token);
        try
        {
            await ReadAsync(ending.Token);
        }
        finally
        {
            floor.Hub.Leave(user, _outbox);
            await ending.CancelAsync();
            await Parting.AsMayBe(writing);
        }
    }

    // Whom nothing can be told any more must not go on waiting for it.
    private async Task TellAsync(Offset live, CancellationToken cancellation)
    {
        try
        {
            await WriteAsync(live, cancellation);
        }
        catch (Exception away)
            when (away is IOException or DbException or LogUnavailableException && !cancellation.IsCancellationRequested
            )
        {
            await socket.CloseAsync((WebSocketCloseStatus)1013, "the account cannot be read at the moment: come back");
        }
        finally
        {
            _greeted.TrySetResult();
        }
    }

    private async Task WriteAsync(Offset live, CancellationToken cancellation)
    {
        await using var registration = cancellation.Register(_outbox.Signal.Set);
        await CatchUpAsync(live, cancellation);
        while (!cancellation.IsCancellationRequested)
        {
            while (_outbox.Take() is { } message)
            {
                if (message.Offset > _sent)
                {
                    await socket.SendAsync(message.Frame, cancellation);
                    _sent = message.Offset;
                }
            }

            if (_outbox.Overflowed)
            {
                LiveMeter.SlowClosed.Add(1);
                await socket.CloseAsync((WebSocketCloseStatus)1013, $"too slow: resume with after={_sent.Value}");
                return;
            }

            if (_outbox.Ended)
            {
                await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "the user was erased");
                return;
            }

            await _outbox.Signal.WaitAsync();
        }
    }

    /// <summary>Brings the client from where it is to where the outbox goes on.</summary>
    private async Task CatchUpAsync(Offset live, CancellationToken cancellation)
    {
        // An offset the journal does not have is from another journal, or made up: only a snapshot is true then.
        var head = await floor.Journal.HeadAsync(cancellation);
        if (after is { } known && known <= head && head.Value - known.Value <= MaxResume)
        {
            _sent = known;
            await socket.SendAsync(
                Frame.Of(Encoding.UTF8.GetBytes($$"""{"type":"resumed","offset":{{known.Value}}}""")),
                cancellation
            );
        }
        else
        {
            var snapshot = await floor.Snapshot(user, cancellation);
            await socket.SendAsync(snapshot.Frame, cancellation);
            _sent = snapshot.At;
        }

        _greeted.TrySetResult();
        if (_sent < live)
        {
            await ReplayAsync(live, cancellation);
        }
    }

    private async Task ReplayAsync(Offset until, CancellationToken cancellation)
    {
        await foreach (var batch in floor.Journal.ReadAsync(_sent, cancellation))
        {
            foreach (var recorded in batch)
            {
                if (recorded.Offset > until)
                {
                    return;
                }

                if (recorded.User == user && recorded.Type == UserErased.Descriptor.FullName)
                {
                    _outbox.End();
                }
                else if (recorded.User == user && AccountFrame.Of(recorded) is { } frame)
                {
                    await socket.SendAsync(frame, cancellation);
                    _sent = recorded.Offset;
                }
            }
        }
    }

    /// <summary>Nothing is asked over this socket but ping; reading tells when the client leaves.</summary>
    private async Task ReadAsync(CancellationToken cancellation)
    {
        while (await socket.ReceiveAsync() is not null)
        {
            if (!_rate.Take())
            {
                await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "too many messages");
                continue;
            }

            // The first frame is the snapshot, however soon the client speaks.
            await _greeted.Task.WaitAsync(cancellation);
            var pong = new PongMessage("pong", floor.Time.GetUtcNow().ToUnixTimeMilliseconds(), null);
            await socket.SendAsync(Frame.Of(pong, MessageJson.Default.PongMessage), cancellation);
        }
    }
}
