using Google.Protobuf.Reflection;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Accounts;
using Trading.Projections.Orders;
using Trading.Projections.Rows;
using Trading.Projections.Running;

namespace Trading.Projections.TimeTravel;

/// <summary>A user's accounts and orders in memory, folded from the user's events by the rules of the projections
/// themselves. Not thread-safe.</summary>
/// <param name="user">Whose.</param>
/// <param name="wanted">Which orders are folded too: there may be a million of them.</param>
internal sealed class UserFold(UserKey user, OrdersWanted wanted)
{
    private readonly AccountProjection _accountRules = new();
    private readonly OrderProjection _orderRules = new();

    // Of one user: the account and the id are enough of a key, and short ones are found faster.
    private readonly Dictionary<(string, string), AccountView> _accounts = [];
    private readonly Dictionary<(string, string), OrderView> _orders = [];
    private readonly HashSet<(string, string)> _ended = [];
    private readonly Dictionary<MessageDescriptor, bool> _concerns = [];

    /// <summary>Where the user's events stand.</summary>
    public StreamName Stream { get; } = StreamName.Of("session", user.Value);

    /// <summary>What the last event changed; both null when it changed no account.</summary>
    public (AccountView? Before, AccountView? After) AccountChange { get; private set; }

    /// <summary>What the last event changed; both null when it changed no order, or orders are not folded.</summary>
    public (OrderView? Before, OrderView? After) OrderChange { get; private set; }

    /// <summary>Why nothing more was taken in; null as long as all was.</summary>
    public string? Parked { get; private set; }

    /// <summary>The account chosen last, as a read model's reader would get it; null before any was chosen.</summary>
    public AccountView? Current => _accounts.Values.MaxBy(account => account.SelectedOffset);

    /// <summary>One account, or null.</summary>
    public AccountView? Find(AccountId account) => _accounts.GetValueOrDefault((account.Value, ""));

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

    /// <summary>Takes in the user's next event as a fold reads it.</summary>
    public void Take(PastEvent past)
    {
        (AccountChange, OrderChange) = (default, default);
        if (!Concerns(past.Payload.Descriptor))
        {
            return;
        }

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
                Payload = default,
                Digest = default,
            }
        );
    }

    /// <summary>Takes in the user's next event. One that cannot be folded parks the stream, as it does in the read models:
    /// all that comes after it changes nothing.</summary>
    public void Take(RecordedEvent recorded)
    {
        (AccountChange, OrderChange) = (default, default);
        if (Parked is not null)
        {
            return;
        }

        if (recorded.Type == UserErased.Descriptor.FullName)
        {
            _accounts.Clear();
            _orders.Clear();
            _ended.Clear();
            return;
        }

        try
        {
            AccountChange = Apply(_accountRules, _accounts, recorded);
            OrderChange = wanted switch
            {
                OrdersWanted.None => default,
                OrdersWanted.Working => ApplyWorking(recorded),
                _ => Apply(_orderRules, _orders, recorded),
            };
        }
        catch (PoisonException poison)
        {
            Parked = $"The event at offset {recorded.Offset} cannot be folded: {poison.Message}";
        }
    }

    private bool Concerns(MessageDescriptor type)
    {
        if (!_concerns.TryGetValue(type, out var concerns))
        {
            concerns =
                type == UserErased.Descriptor
                || _accountRules.Concerns(type.FullName)
                || (wanted != OrdersWanted.None && _orderRules.Concerns(type.FullName));
            _concerns.Add(type, concerns);
        }

        return concerns;
    }

    // Of an order that has ended only that is kept: every event but a refusal states the whole order, and what is refused of
    // an order that has ended does not bring it back.
    private (OrderView? Before, OrderView? After) ApplyWorking(RecordedEvent recorded)
    {
        if (
            recorded.Type == OrderRejected.Descriptor.FullName
            && _orderRules.RouteOf(recorded) is { } refused
            && _ended.Contains((refused.Account, refused.Id))
        )
        {
            return default;
        }

        var change = Apply(_orderRules, _orders, recorded);
        if (change.After is { } order)
        {
            var key = (order.Account.Value, order.Id.Value);
            if (order.IsWorking)
            {
                _ended.Remove(key);
            }
            else
            {
                _orders.Remove(key);
                _ended.Add(key);
            }
        }

        return change;
    }

    private static (TRow? Before, TRow? After) Apply<TRow>(
        JournalProjection<TRow> rules,
        Dictionary<(string, string), TRow> rows,
        RecordedEvent recorded
    )
        where TRow : class, IStamped
    {
        if (rules.RouteOf(recorded) is not { } route)
        {
            return default;
        }

        var key = (route.Account, route.Id);
        var before = rows.GetValueOrDefault(key);
        if (rules.Fold(before, recorded) is not { } after)
        {
            return default;
        }

        rows[key] = after;
        return (before, after);
    }
}

/// <summary>Which orders a fold keeps.</summary>
internal enum OrdersWanted
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those that can still be filled.</summary>
    Working,

    /// <summary>All there ever were.</summary>
    All,
}
