using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Accounts;
using Trading.Projections.LatestPrices;
using Trading.Projections.Messages;
using Trading.Projections.Orders;
using Trading.Projections.Running;

namespace Trading.Api.Live;

/// <summary>Makes the first frame of an account socket from the read models.</summary>
internal sealed class AccountSnapshots(
    AccountQueries accounts,
    OrderQueries orders,
    PriceBook prices,
    ProjectionSet projections,
    IEventLog journal
)
{
    // A snapshot that leaves something out would never be completed by events.
    private const int All = int.MaxValue;
    private const int MaxAttempts = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How a user's account stands at an offset: what the journal holds up to it is in the frame, what it holds
    /// later follows as events.</summary>
    /// <exception cref="IOException">The read models are too far behind.</exception>
    public async Task<AccountSnapshotFrame> TakeAsync(UserKey user, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var at = await journal.HeadAsync(cancellation);
            if (!await projections.WaitForAsync(at, Patience, cancellation))
            {
                throw new IOException("The read models are too far behind for a snapshot.");
            }

            var account = await accounts.FindAsync(user, cancellation);
            var working = account is null
                ? null
                : await orders.ListWorkingAsync(user, account.Account, All, cancellation);
            // Rows that changed after the offset would be told again by the events that changed them.
            var isExact = !(account?.Stamp.Offset > at) && !(working?.Stamp?.Offset > at);
            if (isExact || attempt == MaxAttempts)
            {
                return new(
                    at,
                    Frame.Of(Describe(at, account, working?.Items ?? []), AnswerJson.Default.SnapshotMessage)
                );
            }
        }
    }

    private SnapshotMessage Describe(Offset at, AccountView? account, IReadOnlyList<OrderView> working)
    {
        var worth = account?.ValueAt(prices.Quotes(account.Environment));
        var isKnown = account is not null && worth is not null;
        return new(
            "snapshot",
            at.Value,
            isKnown ? AccountAnswer.Of(account!, worth!) : null,
            isKnown ? PositionsAnswer.Of(account!, worth!).Positions : [],
            [.. working.Select(OrderAnswer.Of)]
        );
    }
}
