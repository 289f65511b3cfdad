using System.Globalization;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Simulation.Broker;

namespace Trading.Simulation.Audit;

/// <summary>When all is quiet, what the journal says of an account is what the broker knows: nothing lost, nothing invented,
/// and what nobody explained is booked once.</summary>
internal sealed class TruthRules(Action<string, string> fail)
{
    public const string Deals = "no deal is lost";
    public const string Trail = "no order leaves no trail";
    public const string Holdings = "the journal says what the broker holds";
    public const string Unexplained = "what nobody explained is booked once";
    public const string Sums = "a position is the sum of its deals";
    public const string Back = "a session that is to run is live again";
    public const string Streams = "what is streamed is what is wanted";

    /// <summary>Looks at every session.</summary>
    public void Check(JournalFold journal, BrokerServer broker, Func<BrokerEnvironment, IEnumerable<string>> wants)
    {
        foreach (var session in journal.Sessions.Where(session => session.Running))
        {
            if (!session.Live)
            {
                fail(Back, $"{session.Account} is {session.State}");
            }
            else if (session.Selected is { } account)
            {
                Check(broker.Accounts[session.Account], account);
            }
        }

        Connections(journal, broker);
        foreach (var environment in new[] { BrokerEnvironment.Demo, BrokerEnvironment.Live })
        {
            Wanted(journal, environment, wants(environment));
        }
    }

    private void Check(BrokerAccount truth, FoldedAccount account)
    {
        if (account.OpenedBy is not { } source)
        {
            fail(Holdings, $"{truth.Id} has no opening balance");
            return;
        }

        var opening = truth.MomentOf(source);
        var missing = truth.Book.Deals.Skip(opening.Deals).Where(deal => !account.Deals.ContainsKey(deal.DealId));
        Nothing(Deals, truth, "deals that are not recorded", missing.Select(deal => deal.DealId));
        var known = truth.Book.Deals.Select(deal => deal.DealId).ToHashSet();
        Nothing(Deals, truth, "deals nobody made", account.Deals.Keys.Where(deal => !known.Contains(deal)));
        var unmoved = truth
            .Book.Movements.Skip(opening.Movements)
            .Where(movement => account.Movements.GetValueOrDefault(movement.MovementId) != movement.Delta.ToDecimal());
        Nothing(Deals, truth, "movements that are not recorded", unmoved.Select(movement => movement.MovementId));

        var untold = truth
            .Book.PastOrders.Skip(opening.Orders)
            .Select(past => past.Details.OrderId)
            .Where(order => !account.Orders.ContainsKey(order) && !account.EndedOrders.ContainsKey(order));
        Nothing(Trail, truth, "orders that are not recorded", untold);

        Same(Holdings, truth, "balance", truth.Book.Balance, account.Balance);
        Same(Holdings, truth, "leverage", truth.Book.Leverage, account.Leverage);
        Same(
            Holdings,
            truth,
            "positions",
            Text(truth.Book.Positions.Values.Select(Of)),
            Text(account.Positions.Values.Select(Of))
        );
        Same(
            Holdings,
            truth,
            "orders",
            Text(truth.Book.Orders.Values.Select(Of)),
            Text(account.Orders.Values.Select(Of))
        );
        Same(Unexplained, truth, "corrections", truth.Unexplained.Skip(opening.Unexplained).Sum(), account.Corrections);
        Summed(truth, account, truth.Book.Deals.Take(opening.Deals).Select(deal => deal.DealId).ToHashSet());
    }

    private void Summed(BrokerAccount truth, FoldedAccount account, HashSet<string> before)
    {
        var sums = account.OpeningVolumes.ToDictionary();
        foreach (var deal in account.Deals.Values.Where(deal => !before.Contains(deal.DealId)))
        {
            var change = deal.Closed is { } closed ? -closed.ClosedVolume : deal.FilledVolume;
            sums[deal.PositionId] = sums.GetValueOrDefault(deal.PositionId) + change;
        }

        foreach (var (position, sum) in sums)
        {
            Same(Sums, truth, position, sum, account.Positions.GetValueOrDefault(position)?.Volume ?? 0);
        }
    }

    private void Connections(JournalFold journal, BrokerServer broker)
    {
        foreach (var account in broker.Accounts.Values)
        {
            var session = journal.Find(account.User);
            var serves = session is { Running: true } && session.Account == account.Id;
            var open = account.Connections.Where(c => c.IsOpen && !c.Client.IsCut).ToArray();
            Same(LinkRules.One, account, "connections", serves ? 1 : 0, open.Length);
            if (serves && open is [var only])
            {
                Same(
                    Streams,
                    account,
                    "streams",
                    Text(session!.Streams),
                    Text(only.Streams.Select(symbol => symbol.Value))
                );
            }
        }
    }

    private void Wanted(JournalFold journal, BrokerEnvironment environment, IEnumerable<string> wants)
    {
        var sessions = journal.Sessions.Where(s => s.Live && s.Environment == environment).ToArray();
        if (sessions.Length == 0)
        {
            return;
        }

        var offered = sessions[0].Selected!.Listed!.Symbols.Select(symbol => symbol.Name).ToHashSet();
        var wanted = wants
            .Concat(sessions.SelectMany(session => NeededBy(session.Selected!)))
            .Where(offered.Contains)
            .ToHashSet();
        var streaming = sessions.Where(session => session.Streams.Count > 0).ToArray();
        var streamed = streaming.SelectMany(session => session.Streams).ToArray();
        if (streaming.Length > 1 || Text(streamed) != Text(wanted))
        {
            fail(
                Streams,
                $"{environment}: {streaming.Length} sessions stream [{Text(streamed)}], wanted are [{Text(wanted)}]"
            );
        }
    }

    /// <summary>The symbols that value the open positions: each one's own, and those on the way from its quote asset to the
    /// account's currency.</summary>
    private static IEnumerable<string> NeededBy(FoldedAccount account)
    {
        foreach (var position in account.Positions.Values)
        {
            yield return position.Symbol;
            var quote = account.Listed!.Symbols.First(symbol => symbol.Name == position.Symbol).QuoteAsset;
            var chain = account.Listed.Conversions.FirstOrDefault(chain =>
                chain.FromAsset == quote && chain.ToAsset == account.Currency
            );
            foreach (var step in chain?.Symbols ?? [])
            {
                yield return step;
            }
        }
    }

    private static string Of(PositionDetails held) =>
        $"{held.PositionId} {held.Side} {held.Volume} at {Plain(held.Price)} swap {Plain(held.Swap)} "
        + $"margin {Plain(held.UsedMargin)} stop {Plain(held.StopLoss)}/{Plain(held.TakeProfit)}";

    private static string Of(OrderDetails order) =>
        $"{order.OrderId} {order.ExecutedVolume}/{order.Volume} at {Plain(order.LimitPrice)}";

    // 0.0 is 0.
    private static string Plain(DecimalValue? number) =>
        number.ToNullableDecimal()?.ToString("0.########", CultureInfo.InvariantCulture) ?? "none";

    private static string Text(IEnumerable<string> parts) => string.Join(", ", parts.Order(StringComparer.Ordinal));

    private void Nothing(string rule, BrokerAccount account, string what, IEnumerable<string> ids)
    {
        if (ids.ToArray() is { Length: > 0 } some)
        {
            fail(rule, $"{account.Id}: {what}: {string.Join(' ', some)}");
        }
    }

    private void Same<T>(string rule, BrokerAccount account, string what, T expected, T actual)
        where T : IEquatable<T>
    {
        if (!expected.Equals(actual))
        {
            fail(rule, $"{account.Id} {what}: {actual}, but at the broker {expected}");
        }
    }
}
