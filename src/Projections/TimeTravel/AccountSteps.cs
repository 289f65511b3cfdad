using System.Runtime.CompilerServices;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Projections.TimeTravel;

/// <summary>Goes from one moment of an account to another event by event.</summary>
public sealed class AccountSteps(IEventLog journal)
{
    /// <summary>The user's events after one offset up to another, each with what it changed of the account.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="account">Only what concerns this account; events of others of the user are left out. Null for all.</param>
    /// <param name="after">Nothing up to here is given; it is folded all the same.</param>
    /// <param name="upTo">Nothing beyond is given.</param>
    /// <param name="progress">Told how many events are folded; null for nobody.</param>
    /// <param name="cancellation">Gives up.</param>
    public async IAsyncEnumerable<AccountStep> BetweenAsync(
        UserKey user,
        AccountId? account,
        Offset after,
        Offset upTo,
        IProgress<long>? progress,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var fold = new UserFold(user, OrdersWanted.All);
        var version = await FoldAsync(fold, after, progress, cancellation);
        await foreach (var recorded in journal.ReadStreamAsync(fold.Stream, version, cancellation))
        {
            if (recorded.Offset > upTo)
            {
                yield break;
            }

            fold.Take(recorded);
            progress?.Report(recorded.Version.Value);
            var changed = fold.AccountChange.After?.Account ?? fold.OrderChange.After?.Account;
            if (account is not null && changed is not null && changed != account)
            {
                continue;
            }

            var changes = new List<FigureChange>();
            fold.Compare(changes);
            yield return new(recorded, changed is { } which ? fold.Find(which) : null, changes);
        }
    }

    private async Task<StreamVersion> FoldAsync(
        UserFold fold,
        Offset upTo,
        IProgress<long>? progress,
        CancellationToken cancellation
    )
    {
        var version = StreamVersion.None;
        if (upTo == Offset.Start)
        {
            return version;
        }

        await foreach (var page in journal.ReplayAsync(fold.Stream, version, cancellation))
        {
            foreach (var past in page)
            {
                if (past.Offset > upTo)
                {
                    return version;
                }

                fold.Take(past);
                version = past.Version;
            }

            progress?.Report(version.Value);
        }

        return version;
    }
}
