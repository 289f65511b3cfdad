using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Projections.Accounts;
using Trading.Projections.Messages;

namespace Trading.Projections.TimeTravel;

/// <summary>What is asked about an account's past.</summary>
/// <param name="User">Whose account.</param>
/// <param name="Account">Which one; null for the one that was the current one then.</param>
/// <param name="At">The moment, as <see cref="Moments"/> found it.</param>
public sealed record PastQuestion(UserKey User, AccountId? Account, AsOf At)
{
    /// <summary>Fold working orders too.</summary>
    public bool WithOrders { get; init; }

    /// <summary>Note which event last changed each figure.</summary>
    public bool WithTrail { get; init; }
}

/// <summary>Answers what an account was at a moment: its user's events up to there, folded by the rules of the read models
/// themselves, valued at the prices that the market log had recorded by then. Snapshots and read models are not
/// asked: what an audit is told comes from the log alone.</summary>
/// <remarks>Costs one pass over the user's own stream, whatever else is in the journal.</remarks>
public sealed class AccountHistory(IEventLog journal, IJournalHistory past, ITickHistory market)
{
    /// <summary>The account at a moment, or null when the user had none.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="progress">Told how many events are folded; null for nobody.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="UnknownEventException">An event that this version cannot read.</exception>
    public async Task<PastAccount?> FindAsync(
        PastQuestion question,
        IProgress<long>? progress,
        CancellationToken cancellation
    )
    {
        var fold = new UserFold(question.User, question.WithOrders ? OrdersWanted.Working : OrdersWanted.None);
        var trail = question.WithTrail ? new UserTrail() : null;
        await FoldAsync(fold, new(question.At.Offset), trail, progress, cancellation);
        var view = question.Account is { } account ? fold.Find(account) : fold.Current;
        if (view is null)
        {
            return null;
        }

        var changed = await past.FindAsync(view.Stamp.Offset, cancellation);
        var orders = question.WithOrders ? fold.Working(view.Account) : [];
        var recordedAt = changed?.RecordedAt ?? default;
        return new()
        {
            AsOf = question.At,
            View = view with { Stamp = new(view.Stamp.Offset, recordedAt, recordedAt) },
            Orders = orders,
            Prices = await PricesAsync(view, question.At.Time, cancellation),
            Parked = fold.Parked,
            Trail = trail?.Of(view, orders),
        };
    }

    /// <summary>The last ticks, as of a time, of the symbols that value an account's positions.</summary>
    public async Task<IReadOnlyDictionary<SymbolName, PastTick>> PricesAsync(
        AccountView account,
        DateTimeOffset time,
        CancellationToken cancellation
    )
    {
        var prices = new Dictionary<SymbolName, PastTick>();
        var symbols = NeededBy(account);
        if (symbols.Count == 0 || account.Environment == BrokerEnvironment.Unspecified)
        {
            return prices;
        }

        var feed = MarketStreams.FeedOf(account.Environment);
        var upTo = await market.OffsetAtAsync(time, cancellation);
        foreach (var symbol in symbols)
        {
            if (await market.NewestAsync(feed, symbol, upTo, cancellation) is { } found)
            {
                prices[symbol] = found;
            }
        }

        return prices;
    }

    private static HashSet<SymbolName> NeededBy(AccountView account) =>
        [
            .. account.Positions.SelectMany(held =>
                (held.Position.Conversion ?? []).Select(step => step.Symbol).Prepend(held.Position.Symbol)
            ),
        ];

    private async Task FoldAsync(
        UserFold fold,
        Offset upTo,
        UserTrail? trail,
        IProgress<long>? progress,
        CancellationToken cancellation
    )
    {
        if (upTo == Offset.Start)
        {
            return;
        }

        await foreach (var page in journal.ReplayAsync(fold.Stream, StreamVersion.None, cancellation))
        {
            foreach (var e in page)
            {
                if (e.Offset > upTo)
                {
                    return;
                }

                fold.Take(e);
                trail?.Note(fold, e.Offset);
            }

            progress?.Report(page[^1].Version.Value);
        }
    }
}
