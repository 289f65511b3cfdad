using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Protocol;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.Hosting;

/// <summary>What happens by the clock: silent clients are closed, heartbeats sent, orders expire, interest is charged.</summary>
internal sealed class Housekeeping(SandboxWorld world)
{
    /// <summary>Minutes after midnight UTC, as the symbols publish it.</summary>
    private const int SwapMinute = 1_259;

    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(500);

    private DateTimeOffset _nextRollover = NextRollover(world.Options.Time.GetUtcNow());

    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(s_period, world.Options.Time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            lock (world.Gate)
            {
                world.Broker.Watch.ExpireDue();
                RolloverDue();
                foreach (var connection in world.Connections.ToArray())
                {
                    Watch(connection);
                }
            }
        }
    }

    private void Watch(Connection connection)
    {
        var time = world.Options.Time;
        if (time.GetElapsedTime(connection.LastInbound) >= world.Options.IdleTimeout)
        {
            connection.Finish("no traffic from the client");
        }
        else if (
            !connection.IsApplicationAuthorised
            && time.GetElapsedTime(connection.OpenedAt) >= world.Options.IdleTimeout
        )
        {
            connection.Finish("no application login");
        }
        else if (
            connection.Output.Pending == 0
            && time.GetElapsedTime(connection.LastOutbound) >= world.Options.HeartbeatAfter
        )
        {
            connection.Send((uint)ProtoPayloadType.HeartbeatEvent, new ProtoHeartbeatEvent(), clientMsgId: null);
        }
    }

    private void RolloverDue()
    {
        var now = world.Options.Time.GetUtcNow();
        while (world.Options.Rollover && now >= _nextRollover)
        {
            world.Broker.Treasury.Rollover(_nextRollover.DayOfWeek);
            _nextRollover = _nextRollover.AddDays(1);
        }
    }

    private static DateTimeOffset NextRollover(DateTimeOffset now)
    {
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero).AddMinutes(SwapMinute);
        return now < today ? today : today.AddDays(1);
    }
}
