using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.Control;

/// <summary>
/// The hand of the test in the sandbox: reads its state and makes things happen to accounts and prices. Every call sees
/// and changes the world as one step. Unknown accounts, symbols or tokens throw <see cref="KeyNotFoundException"/>.
/// </summary>
public sealed class SandboxControl
{
    private readonly SandboxWorld _world;

    internal SandboxControl(SandboxWorld world)
    {
        _world = world;
        Links = new LinkControl(world);
    }

    /// <summary>Faults of connections, tokens and messages.</summary>
    public LinkControl Links { get; }

    /// <summary>Everything at one moment.</summary>
    public SandboxState State()
    {
        lock (_world.Gate)
        {
            return new SandboxState(
                _world.Broker.Now,
                _world.Feed.Ticks,
                [.. _world.Broker.Accounts.Values.OrderBy(a => a.Id).Select(a => StateView.Of(_world, a))],
                [.. _world.Connections.Select(StateView.Of)]
            );
        }
    }

    /// <summary>One account.</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    public AccountState Account(long accountId)
    {
        lock (_world.Gate)
        {
            return StateView.Of(_world, Find(accountId));
        }
    }

    /// <summary>The current quote of every symbol.</summary>
    public IReadOnlyList<QuoteState> Quotes()
    {
        lock (_world.Gate)
        {
            return [.. _world.Broker.Symbols.Select(StateView.Of)];
        }
    }

    /// <summary>The quotes of a symbol since the start, oldest first; the last 262,144 of them.</summary>
    /// <param name="symbol">Symbol name.</param>
    /// <param name="from">First moment, Unix milliseconds.</param>
    /// <param name="to">Last moment, Unix milliseconds.</param>
    public IReadOnlyList<QuoteState> Ticks(string symbol, long from = 0, long to = long.MaxValue)
    {
        lock (_world.Gate)
        {
            var instrument = Instrument(symbol);
            return [.. instrument.Ticks.Told(from, to).Select(tick => StateView.Of(instrument.Symbol, tick))];
        }
    }

    /// <summary>Brings one more user with his accounts into the world.</summary>
    /// <param name="user">The user.</param>
    public void AddUser(SandboxUser user)
    {
        lock (_world.Gate)
        {
            Population.Settle(_world, user);
        }
    }

    /// <summary>Pays cash in, or out when negative.</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    /// <param name="amount">Major units of the account's currency.</param>
    /// <param name="note">Text the client sees.</param>
    public CommandOutcome MoveCash(long accountId, decimal amount, string? note = null)
    {
        lock (_world.Gate)
        {
            return Outcome(_world.Broker.Treasury.Move(Find(accountId), Amounts.Minor(amount), note));
        }
    }

    /// <summary>Places an order as if from the owner's terminal.</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    /// <param name="order">The order.</param>
    public CommandOutcome PlaceOrder(long accountId, TerminalOrder order)
    {
        lock (_world.Gate)
        {
            var symbol = Instrument(order.Symbol).Symbol;
            var type =
                order.LimitPrice is not null ? OrderType.Limit
                : order.StopPrice is not null ? OrderType.Stop
                : OrderType.Market;
            var command = new NewOrder(symbol.Spec.Id, type, order.Buy ? TradeSide.Buy : TradeSide.Sell, order.Volume)
            {
                LimitPrice = order.LimitPrice,
                StopPrice = order.StopPrice,
                RelativeStopLoss = order.RelativeStopLoss,
                RelativeTakeProfit = order.RelativeTakeProfit,
                TimeInForce = order.ExpiresAt is null ? null : TimeInForce.GoodTillDate,
                ExpiresAt = order.ExpiresAt,
            };
            return Outcome(_world.Broker.Orders.Place(Find(accountId), command, order.ClientMsgId ?? "terminal"));
        }
    }

    /// <summary>Cancels a waiting order as if from the owner's terminal.</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    /// <param name="orderId">The order.</param>
    public CommandOutcome CancelOrder(long accountId, long orderId)
    {
        lock (_world.Gate)
        {
            return Outcome(_world.Broker.Orders.Cancel(Find(accountId), orderId, "terminal"));
        }
    }

    /// <summary>Closes a position, or part of it, as if from the owner's terminal.</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    /// <param name="positionId">The position.</param>
    /// <param name="volume">Hundredths of a base unit; null for all of it.</param>
    public CommandOutcome ClosePosition(long accountId, long positionId, long? volume = null)
    {
        lock (_world.Gate)
        {
            var account = Find(accountId);
            var all = account.Positions.GetValueOrDefault(positionId)?.Volume ?? 0;
            return Outcome(_world.Broker.Orders.Close(account, positionId, volume ?? all, "terminal"));
        }
    }

    /// <summary>Changes the leverage; margins of open positions follow.</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    /// <param name="leverage">100 is 1:100.</param>
    public void SetLeverage(long accountId, int leverage)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(leverage, 1);
        lock (_world.Gate)
        {
            _world.Broker.Treasury.SetLeverage(Find(accountId), (uint)leverage * 100);
        }
    }

    /// <summary>Lets the owner do everything (0), only close (1), only look (2), or nothing (3).</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    /// <param name="rights">Number of ProtoOAAccessRights.</param>
    public void SetAccessRights(long accountId, int rights)
    {
        lock (_world.Gate)
        {
            _world.Broker.Treasury.SetAccess(Find(accountId), (AccessRights)rights);
        }
    }

    /// <summary>Charges overnight interest to every open position of an account.</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    /// <param name="times">How many days' worth.</param>
    public void ChargeSwap(long accountId, int times = 1)
    {
        lock (_world.Gate)
        {
            _world.Broker.Treasury.ChargeSwap(Find(accountId), times);
        }
    }

    /// <summary>Sets the quote of a symbol, with everything that sets off.</summary>
    /// <param name="symbol">Symbol name.</param>
    /// <param name="bid">New bid.</param>
    /// <param name="ask">New ask.</param>
    public void SetPrice(string symbol, decimal bid, decimal ask)
    {
        lock (_world.Gate)
        {
            var tick = new Market.Tick(_world.Broker.Now, Price.ToP5(bid), Price.ToP5(ask));
            _world.Feed.Apply(Instrument(symbol), tick);
        }
    }

    /// <summary>Stops, or releases, the quotes of a symbol; of all when null.</summary>
    /// <param name="symbol">Symbol name.</param>
    /// <param name="frozen">True to stop.</param>
    public void Freeze(string? symbol, bool frozen)
    {
        lock (_world.Gate)
        {
            foreach (var instrument in symbol is null ? _world.Instruments : [Instrument(symbol)])
            {
                instrument.Frozen = frozen;
            }

            _world.ListenersChanged([]);
        }
    }

    /// <summary>Disables or enables an account; disabling ends its sessions.</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    /// <param name="disabled">True to disable.</param>
    public void DisableAccount(long accountId, bool disabled = true)
    {
        lock (_world.Gate)
        {
            Find(accountId).Disabled = disabled;
            if (disabled)
            {
                foreach (var connection in _world.Connections)
                {
                    connection.EndSession(accountId);
                }
            }
        }
    }

    private Account Find(long accountId) =>
        _world.Broker.Accounts.TryGetValue(accountId, out var account)
            ? account
            : throw new KeyNotFoundException($"There is no account {accountId}.");

    // A slash in a path stays encoded.
    private Market.Instrument Instrument(string symbol) =>
        _world.Find(symbol)
        ?? _world.Find(Uri.UnescapeDataString(symbol))
        ?? throw new KeyNotFoundException($"There is no symbol {symbol}.");

    private static CommandOutcome Outcome(Refusal? refusal) => new(refusal?.Code, refusal?.Description);
}
