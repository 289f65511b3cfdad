using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Trading.Domain.Ports;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// Holds back what the broker says of a balance until the deal or the cash movement that moved it has been told: which of
/// the two messages comes first is not documented, and a balance without its reason would pass for unexplained. When no
/// reason comes in time there is none.
/// </summary>
internal sealed class BalanceNews(long balanceVersion, TimeProvider clock)
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(2);

    private long _newest = balanceVersion;
    private (BrokerReport.AccountReported Report, long At)? _held;

    /// <summary>What the events say, each as soon as it may be told, until no more come.</summary>
    public async IAsyncEnumerable<BrokerReport> ReadAllAsync(
        ChannelReader<BrokerEvent> events,
        Func<BrokerEvent, BrokerReport?> map,
        [EnumeratorCancellation] CancellationToken stopping
    )
    {
        for (var more = true; more; )
        {
            var waiting = events.WaitToReadAsync(stopping).AsTask();
            if (_held is not null && !await ComesInTimeAsync(waiting, stopping))
            {
                yield return Release();
            }

            more = await waiting;
            while (events.TryRead(out var next))
            {
                if (map(next) is { } report && !Holds(report))
                {
                    yield return report;
                    if (_held is { } held && held.Report.Account.BalanceVersion <= _newest)
                    {
                        yield return Release();
                    }
                }
            }
        }

        if (_held is not null)
        {
            yield return Release();
        }
    }

    private bool Holds(BrokerReport report)
    {
        if (report is BrokerReport.AccountReported account && account.Account.BalanceVersion > _newest)
        {
            _held = (account, _held?.At ?? clock.GetTimestamp());
            return true;
        }

        _newest = Math.Max(_newest, VersionOf(report));
        return false;
    }

    private async Task<bool> ComesInTimeAsync(Task waiting, CancellationToken stopping)
    {
        var rest = LongestHold - clock.GetElapsedTime(_held!.Value.At);
        if (rest > TimeSpan.Zero)
        {
            await Task.WhenAny(waiting, Task.Delay(rest, clock, stopping));
        }

        return waiting.IsCompleted && clock.GetElapsedTime(_held.Value.At) < LongestHold;
    }

    private BrokerReport.AccountReported Release()
    {
        var report = _held!.Value.Report;
        _held = null;
        _newest = Math.Max(_newest, report.Account.BalanceVersion);
        return report;
    }

    private static long VersionOf(BrokerReport report) =>
        report switch
        {
            BrokerReport.OrderStep { Deal.Closed: { } closed } => closed.BalanceVersion,
            BrokerReport.CashMoved cash => cash.Movement.BalanceVersion,
            _ => 0,
        };
}
