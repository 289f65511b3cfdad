using System.Globalization;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore;

namespace Trading.EndToEnd.World;

/// <summary>What the journal says about one account, folded the slow and obvious way.</summary>
internal sealed class Journal
{
    private readonly List<RecordedEvent> _events = [];

    public IReadOnlyList<RecordedEvent> Events => _events;

    public static async Task<Journal> ReadAsync(PostgresLogs logs)
    {
        var journal = new Journal();
        await foreach (var batch in logs.Journal.ReadAsync(Offset.Start, CancellationToken.None))
        {
            journal._events.AddRange(batch);
        }

        return journal;
    }

    public IEnumerable<T> Of<T>(long account)
        where T : class =>
        _events
            .Select(recorded => recorded.Decode())
            .OfType<T>()
            .Where(payload => AccountOf(payload) == account.ToString(CultureInfo.InvariantCulture));

    public decimal BalanceOf(long account) => Of<BalanceChanged>(account).Last().Balance.ToDecimal();

    public decimal SumOfChanges(long account) => Of<BalanceChanged>(account).Sum(change => change.Delta.ToDecimal());

    /// <summary>Open positions by id with their volumes.</summary>
    public IReadOnlyDictionary<long, long> PositionsOf(long account)
    {
        var open = new Dictionary<long, long>();
        foreach (var payload in _events.Select(recorded => recorded.Decode()))
        {
            switch (payload)
            {
                case PositionOpened opened when IsOf(opened.AccountId, account):
                    open[long.Parse(opened.Position.PositionId)] = opened.Position.Volume;
                    break;
                case PositionChanged changed when IsOf(changed.AccountId, account):
                    open[long.Parse(changed.Position.PositionId)] = changed.Position.Volume;
                    break;
                case PositionClosed closed when IsOf(closed.AccountId, account):
                    open.Remove(long.Parse(closed.PositionId));
                    break;
            }
        }

        return open;
    }

    private static bool IsOf(string stated, long account) => stated == account.ToString(CultureInfo.InvariantCulture);

    private static string? AccountOf(object payload) =>
        payload switch
        {
            BalanceChanged changed => changed.AccountId,
            DealExecuted deal => deal.AccountId,
            FundsDeposited deposited => deposited.AccountId,
            FundsWithdrawn withdrawn => withdrawn.AccountId,
            DifferenceReconciled difference => difference.AccountId,
            HistoryIncomplete incomplete => incomplete.AccountId,
            OrderAccepted accepted => accepted.AccountId,
            OrderFilled filled => filled.AccountId,
            OrderCancelled cancelled => cancelled.AccountId,
            PositionOpened opened => opened.AccountId,
            PositionClosed closed => closed.AccountId,
            _ => null,
        };
}
