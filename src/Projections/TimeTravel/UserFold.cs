using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Projections.Accounts;
using Trading.Projections.Orders;
using Trading.Projections.Rows;

namespace Trading.Projections.TimeTravel;

/// <summary>A user's accounts and orders in memory, folded from the user's events by the rules of the projections
/// themselves. Not thread-safe.</summary>
/// <param name="user">Whose.</param>
/// <param name="withOrders">Whether orders are folded too: there may be a million of them.</param>
internal sealed class UserFold(UserKey user, bool withOrders)
{
    private readonly AccountProjection _accountRules = new();
    private readonly OrderProjection _orderRules = new();
    private readonly Dictionary<RowKey, AccountView> _accounts = [];
    private readonly Dictionary<RowKey, OrderView> _orders = [];

    /// <summary>Where the user's events stand.</summary>
    public StreamName Stream { get; } = StreamName.Of("session", user.Value);

    /// <summary>What the last event changed; both null when it changed no account.</summary>
    public (AccountView? Before, AccountView? After) AccountChange { get; private set; }

    /// <summary>What the last event changed; both null when it changed no order, or orders are not folded.</summary>
    public (OrderView? Before, OrderView? After) OrderChange { get; private set; }

    /// <summary>The accounts, in no order.</summary>
    public IReadOnlyCollection<AccountView> Accounts => _accounts.Values;

    /// <summary>The account chosen last, as a read model's reader would get it; null before any was chosen.</summary>
    public AccountView? Current => _accounts.Values.MaxBy(account => account.SelectedOffset);

    /// <summary>One account, or null.</summary>
    public AccountView? Find(AccountId account) => _accounts.GetValueOrDefault(new(user.Value, account.Value));

    /// <summary>The orders of an account that can still be filled, oldest first.</summary>
    public IReadOnlyList<OrderView> Working(AccountId account) =>
        [
            .. _orders
                .Values.Where(order => order.IsWorking && order.Account == account)
                .OrderBy(order => order.CreatedAt ?? DateTimeOffset.MaxValue)
                .ThenBy(order => order.Id.Value, StringComparer.Ordinal),
        ];

    /// <summary>Adds the figures that the last event changed.</summary>
    public void Compare(List<FigureChange> changes)
    {
        AccountFigures.Compare(AccountChange.Before, AccountChange.After, changes);
        AccountFigures.Compare(OrderChange.Before, OrderChange.After, changes);
    }

    /// <summary>The positions and working orders of an account, each as the beginning of its figures' paths.</summary>
    public HashSet<string> HeldBy(AccountId account) =>
        [
            .. (Find(account)?.Positions ?? []).Select(held => $"positions.{held.Position.Id}."),
            .. Working(account).Select(order => $"orders.{order.Id}."),
        ];

    /// <summary>Takes in the user's next event as a fold reads it.</summary>
    public void Take(PastEvent past) =>
        Take(
            new RecordedEvent
            {
                Offset = past.Offset,
                Stream = Stream,
                Version = past.Version,
                Type = past.Payload.Descriptor.FullName,
                User = user,
                OccurredAt = past.OccurredAt,
                Decoded = past.Payload,
                // What only explains an event is not read for a fold, and no rule asks for it.
                RecordedAt = default,
                Id = default,
                CorrelationId = default,
                CausationId = default,
                Epoch = default,
                Payload = default,
                Digest = default,
            }
        );

    /// <summary>Takes in the user's next event.</summary>
    /// <exception cref="Running.PoisonException">An event that the read models cannot take in either.</exception>
    public void Take(RecordedEvent recorded)
    {
        AccountChange = Apply(_accountRules.RouteOf(recorded), _accounts, _accountRules.Fold, recorded);
        OrderChange = withOrders ? Apply(_orderRules.RouteOf(recorded), _orders, _orderRules.Fold, recorded) : default;
    }

    private static (TRow? Before, TRow? After) Apply<TRow>(
        RowKey? key,
        Dictionary<RowKey, TRow> rows,
        Func<TRow?, RecordedEvent, TRow?> fold,
        RecordedEvent recorded
    )
        where TRow : class
    {
        if (key is not { } known)
        {
            return default;
        }

        var before = rows.GetValueOrDefault(known);
        if (fold(before, recorded) is not { } after)
        {
            return default;
        }

        rows[known] = after;
        return (before, after);
    }
}
