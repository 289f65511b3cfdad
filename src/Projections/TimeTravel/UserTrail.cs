using Trading.Domain.Logs;
using Trading.Projections.Accounts;
using Trading.Projections.Orders;

namespace Trading.Projections.TimeTravel;

/// <summary>Notes along a fold which event last changed each figure of what is there: a closed position and an ended order are
/// forgotten at once. Not thread-safe.</summary>
internal sealed class UserTrail
{
    private readonly Dictionary<string, RowTrail<AccountView>> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Account, string Id), RowTrail<HeldPosition>> _positions = [];
    private readonly Dictionary<(string Account, string Id), RowTrail<OrderView>> _orders = [];

    /// <summary>Takes note of what the event at an offset changed.</summary>
    public void Note(UserFold fold, Offset offset)
    {
        if (fold.AccountChange is { After: { } account } change)
        {
            Note(offset, change.Before, account);
        }

        if (fold.OrderChange is { After: { } order } changed)
        {
            Note(offset, changed.Before, order);
        }
    }

    /// <summary>The places of all figures of an account with its open positions and working orders.</summary>
    public FigureTrail Of(AccountView account, IEnumerable<OrderView> working)
    {
        var places = new Dictionary<string, Offset>(StringComparer.Ordinal);
        var id = account.Account.Value;
        _accounts[id].AddTo(places, "", account);
        foreach (var held in account.Positions)
        {
            _positions[(id, held.Position.Id.Value)].AddTo(places, AccountFigures.PrefixOf(held), held);
        }

        foreach (var order in working)
        {
            _orders[(id, order.Id.Value)].AddTo(places, AccountFigures.PrefixOf(order), order);
        }

        return new(places);
    }

    private void Note(Offset offset, AccountView? before, AccountView after)
    {
        var id = after.Account.Value;
        if (before is null || !_accounts.TryGetValue(id, out var trail))
        {
            _accounts[id] = new(AccountFigures.OfAccount, offset);
        }
        else
        {
            trail.Note(offset, before, after);
        }

        if (ReferenceEquals(before?.Positions, after.Positions))
        {
            return;
        }

        foreach (var held in after.Positions)
        {
            Note(offset, AccountFigures.Same(held, before), held, (id, held.Position.Id.Value));
        }

        foreach (var held in before?.Positions ?? [])
        {
            if (AccountFigures.Same(held, after) is null)
            {
                _positions.Remove((id, held.Position.Id.Value));
            }
        }
    }

    private void Note(Offset offset, HeldPosition? before, HeldPosition after, (string, string) key)
    {
        if (before is null || !_positions.TryGetValue(key, out var trail))
        {
            _positions[key] = new(AccountFigures.OfPosition, offset);
        }
        else if (!ReferenceEquals(before, after))
        {
            trail.Note(offset, before, after);
        }
    }

    private void Note(Offset offset, OrderView? before, OrderView after)
    {
        var key = (after.Account.Value, after.Id.Value);
        if (!after.IsWorking)
        {
            _orders.Remove(key);
        }
        else if (before is null || !_orders.TryGetValue(key, out var trail))
        {
            _orders[key] = new(AccountFigures.OfOrder, offset);
        }
        else
        {
            trail.Note(offset, before, after);
        }
    }
}
