using Trading.Domain;
using Trading.Projections.Accounts;
using Trading.Projections.Deals;
using Trading.Projections.Orders;
using Trading.Projections.Positions;
using Trading.Projections.Rows;
using Trading.Projections.Sessions;
using Trading.Simulation.ReadSide;

namespace Trading.Simulation.Audit;

/// <summary>Read models equal the fold: whenever a checkpoint has moved, the rows say what the journal says up to there, by the
/// auditor's own reading of it.</summary>
internal sealed class ReadRules(LogRules log, Action<string, string> fail)
{
    public const string Rule = "a read model equals the fold of its log";
    private readonly Dictionary<string, JournalFold> _folds = [];

    /// <summary>The models that follow the journal.</summary>
    public static IReadOnlyList<string> JournalModels { get; } =
    ["accounts", "deals", "orders", "positions", "sessions"];

    /// <summary>The rules of the market log's models.</summary>
    public PriceRules Prices { get; } = new(fail);

    /// <summary>A checkpoint has moved.</summary>
    public void Moved(string model, long to, ReadStore store)
    {
        if (!JournalModels.Contains(model))
        {
            Prices.Moved(model, to, store);
            return;
        }

        if (!_folds.TryGetValue(model, out var fold))
        {
            _folds.Add(model, fold = new());
        }

        if (to < fold.Offset || to > log.Head)
        {
            fail(Rule, $"{model} moved from {fold.Offset} to {to}; the head is {log.Head}");
            return;
        }

        var touched = new SortedSet<string>(StringComparer.Ordinal);
        for (var offset = fold.Offset; offset < to; offset++)
        {
            var recorded = log.Events[(int)offset];
            fold.Apply(recorded);
            touched.Add(recorded.User?.Value ?? "");
        }

        foreach (var session in fold.Sessions.Where(session => touched.Contains(session.User.Value)))
        {
            Compare(model, session, store);
        }
    }

    /// <summary>Everything is caught up with.</summary>
    public void Complete(ReadStore store)
    {
        foreach (var model in JournalModels)
        {
            Moved(model, store.CheckpointOf(model), store);
            if (store.CheckpointOf(model) != log.Head)
            {
                fail(Rule, $"{model} stays at {store.CheckpointOf(model)}; the head is {log.Head}");
            }
        }

        Prices.Complete(store);
        var deals = _folds["deals"].Sessions.SelectMany(s => s.Accounts.Values).Sum(account => account.Deals.Count);
        if (store.Rows("deals").Count() != deals)
        {
            fail(Rule, $"{store.Rows("deals").Count()} rows for {deals} deals");
        }
    }

    private void Compare(string model, FoldedSession session, ReadStore store)
    {
        if (model == "sessions")
        {
            Same(
                model,
                session.User.Value,
                Of(session),
                Of(store.Find<SessionView>(model, new RowKey(session.User.Value)))
            );
            return;
        }

        foreach (var (id, account) in session.Accounts)
        {
            RowKey Key(string thing = "") => new(session.User.Value, id, thing);
            switch (model)
            {
                case "accounts":
                    Same(model, id, Of(account), Of(store.Find<AccountView>(model, Key())));
                    break;
                case "deals":
                    foreach (var deal in account.Deals.Values)
                    {
                        var row = store.Find<DealView>(model, Key(deal.DealId));
                        Same(model, deal.DealId, $"{deal.FilledVolume}", $"{row?.FilledVolume}");
                    }

                    break;
                case "orders":
                    foreach (var (order, working) in account.Orders)
                    {
                        var row = store.Find<OrderView>(model, Key(order));
                        var isOpen = row?.Status is OrderStatus.Working or OrderStatus.PartiallyFilled;
                        Same(model, order, $"{working.ExecutedVolume} True", $"{row?.ExecutedVolume} {isOpen}");
                    }

                    foreach (var (order, how) in account.EndedOrders)
                    {
                        var row = store.Find<OrderView>(model, Key(order));
                        Same(model, order, how, $"{row?.Status}".ToLowerInvariant());
                    }

                    break;
                case "positions":
                    foreach (var (position, held) in account.Positions)
                    {
                        var row = store.Find<PositionView>(model, Key(position));
                        Same(
                            model,
                            position,
                            $"{held.Volume} {held.Swap.ToDecimal()} True",
                            $"{row?.Volume} {row?.Swap} {row?.IsOpen}"
                        );
                    }

                    foreach (var position in account.ClosedPositions)
                    {
                        var row = store.Find<PositionView>(model, Key(position));
                        Same(model, position, "closed", row is { IsOpen: false } ? "closed" : "open");
                    }

                    break;
            }
        }
    }

    private static string Of(FoldedSession session) => $"{session.State} [{string.Join(' ', session.Streams)}]";

    private static string Of(SessionView? row) =>
        row is null ? " []" : $"{StateOf(row)} [{string.Join(' ', row.Subscriptions)}]";

    private static string StateOf(SessionView row) =>
        row.State switch
        {
            SessionState.Idle => "",
            SessionState.ReconnectingSlowly => "reconnecting slowly",
            var state => state.ToString().ToLowerInvariant(),
        };

    private static string Of(FoldedAccount account) =>
        $"{(account.Opened ? account.Balance : null)} {account.Leverage} "
        + string.Join(
            ' ',
            account.Positions.Values.Select(p => $"{p.PositionId}:{p.Volume}@{p.Price.ToDecimal()}{p.Swap.ToDecimal()}")
        );

    private static string Of(AccountView? row) =>
        row is null
            ? "nothing"
            : $"{row.Balance} {row.LeverageInCents} "
                + string.Join(
                    ' ',
                    row.Positions.Select(held => held.Position)
                        .OrderBy(position => position.Id.Value, StringComparer.Ordinal)
                        .Select(p => $"{p.Id.Value}:{p.Volume}@{p.Price}{p.Swap}")
                );

    private void Same(string model, string what, string expected, string actual)
    {
        if (expected != actual)
        {
            fail(Rule, $"{model} {what} is '{actual}', the journal says '{expected}'");
        }
    }
}
