using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>
/// Records from the broker's history what happened while nobody listened, in the order in which it happened: an order's
/// acceptance, its fills and its end, each deal with the money it moved and with what it made of its position.
/// </summary>
/// <remarks>Balance, open things, deals, orders and cash are read one after the other, and things go on happening in
/// between. The list of deals is whole up to the moment when it was read, so what it shows is recorded now, whether or not the
/// lists read before show it yet; the news of it are repeats. Cash is read last: a movement beyond both the balance and the
/// deals may have another one before it that no list shows, and is left to the news, which tell both.</remarks>
internal sealed class Recovery
{
    private const int Accepting = 0;
    private const int Opening = 1;
    private const int Ending = 2;

    // What is older than this, by whoever's clock, happened before the link was made: no news will tell it.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);

    private readonly Changes _changes;
    private readonly AccountSnapshot _snapshot;
    private readonly RecoveredOrders _orders;
    private readonly RecoveredPositions _positions;
    private readonly HashSet<string> _recorded = [];
    private readonly long _coveredVersion;
    private readonly Dictionary<string, long> _goneBeforeMs;

    private Recovery(Changes changes, AccountSnapshot snapshot)
    {
        _changes = changes;
        _snapshot = snapshot;
        _orders = new(changes, snapshot);
        _positions = new(changes, snapshot);
        _goneBeforeMs = snapshot
            .Deals.Where(deal =>
                deal.Closed is not null && MoneyReports.IsBeforeOpening(changes.Book, deal, recovered: true)
            )
            .GroupBy(deal => deal.PositionId)
            .ToDictionary(group => group.Key, group => group.Max(deal => deal.ExecutedAtMs));
        _coveredVersion = Math.Max(
            snapshot.Account.BalanceVersion,
            snapshot.Deals.Select(deal => deal.Closed?.BalanceVersion ?? 0).DefaultIfEmpty().Max()
        );
    }

    /// <summary>The deals that were missed.</summary>
    public IReadOnlySet<string> Recorded => _recorded;

    /// <summary>Records all of it.</summary>
    public static Recovery Run(Changes changes, AccountSnapshot snapshot)
    {
        var recovery = new Recovery(changes, snapshot);
        recovery.Run();
        return recovery;
    }

    /// <summary>The position was opened or closed here: a list that says otherwise is older.</summary>
    public bool IsPositionAhead(string positionId) => _positions.IsMoved(positionId);

    /// <summary>The order was found to have ended: a list that still shows it is older.</summary>
    public bool IsOrderEnded(string orderId) => _orders.IsEnded(orderId);

    /// <summary>The list of working orders is older than what is known of an order, or is going to be known.</summary>
    public bool IsOrderAhead(string orderId) => _orders.IsAhead(orderId);

    private void Run()
    {
        var deals = _snapshot.Deals.Where(IsNew).ToArray();
        var movers = deals
            .Where(deal => deal.Closed is not null)
            .Select(deal => new Mover(deal.ExecutedAtMs, deal.Closed.BalanceVersion, () => Deal(deal)))
            .Concat(
                _snapshot
                    .CashMovements.Where(movement => !IsLeftToNews(movement))
                    .Select(movement => new Mover(
                        movement.At.ToUnixTimeMilliseconds(),
                        movement.BalanceVersion,
                        () => MoneyReports.Move(_changes, movement, recovered: true)
                    ))
            )
            .OrderBy(mover => mover.BalanceVersion)
            .ThenBy(mover => mover.AtMs)
            .ToArray();
        var others = new Queue<Step>(
            deals
                .Where(deal => deal.Closed is null)
                .Select(deal => new Step(deal.ExecutedAtMs, Opening, deal.DealId, () => Deal(deal)))
                .Concat(_orders.Accepted.Select(o => new Step(o.AtMs, Accepting, o.Id, () => _orders.Accept(o.Id))))
                .Concat(_orders.Ended.Select(o => new Step(o.AtMs, Ending, o.Id, () => _orders.End(o.Id))))
                .OrderBy(step => step.AtMs)
                .ThenBy(step => step.Rank)
                .ThenBy(step => step.Id.Length)
                .ThenBy(step => step.Id, StringComparer.Ordinal)
        );
        _positions.Expect(deals);
        foreach (var mover in movers)
        {
            while (others.TryPeek(out var next) && next.IsBefore(mover.AtMs))
            {
                others.Dequeue().Do();
            }

            mover.Do();
        }

        foreach (var step in others)
        {
            step.Do();
        }
    }

    private void Deal(DealExecuted deal)
    {
        if (!IsNew(deal))
        {
            return;
        }

        _orders.Fill(deal);
        if (MoneyReports.Deal(_changes, deal, recovered: true))
        {
            _recorded.Add(deal.DealId);
            _positions.Apply(deal);
        }
    }

    private bool IsNew(DealExecuted deal) =>
        MoneyReports.IsNew(_changes.Book, deal, recovered: true)
        // Only a deal that closes carries the broker's counter; one that opened the position before it is no younger.
        && !(deal.Closed is null && deal.ExecutedAtMs <= _goneBeforeMs.GetValueOrDefault(deal.PositionId, -1));

    private bool IsLeftToNews(CashMovement movement) =>
        _coveredVersion > 0 && movement.BalanceVersion > _coveredVersion && movement.At > _changes.At - Fresh;

    /// <summary>Something that moved the balance: the broker's counter gives the order.</summary>
    private sealed record Mover(long AtMs, long BalanceVersion, Action Do);

    /// <summary>Something that did not: the broker's clock gives the order.</summary>
    private sealed record Step(long AtMs, int Rank, string Id, Action Do)
    {
        public bool IsBefore(long atMs) => AtMs < atMs || (AtMs == atMs && Rank != Ending);
    }
}
