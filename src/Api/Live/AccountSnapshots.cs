using Trading.Api.Accounts;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Accounts;
using Trading.Projections.LatestPrices;
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
    private const int MaxOrders = 1_000;
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
                : await orders.ListWorkingAsync(user, account.Account, MaxOrders, cancellation);
            // Rows that changed after the offset would be told again by the events that changed them.
            var isExact = !(account?.Stamp.Offset > at) && !(working?.Stamp?.Offset > at);
            if (isExact || attempt == MaxAttempts)
            {
                return new(at, Frame.Of(Describe(at, account, working?.Items ?? []), ApiJson.Default.SnapshotMessage));
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

/// <summary>How an account stands.</summary>
/// <param name="Type">snapshot</param>
/// <param name="Offset">Events after this one follow.</param>
/// <param name="Account">As <c>GET /account</c> gives it; null before it is known.</param>
/// <param name="Positions">The open ones.</param>
/// <param name="Orders">The working ones.</param>
internal sealed record SnapshotMessage(
    string Type,
    long Offset,
    AccountAnswer? Account,
    IReadOnlyList<PositionAnswer> Positions,
    IReadOnlyList<OrderAnswer> Orders
);

/// <summary>One working order.</summary>
/// <param name="OrderId">The broker's id.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Side">buy or sell.</param>
/// <param name="Type">market, limit, stop …</param>
/// <param name="Status">working or partiallyFilled.</param>
/// <param name="Volume">In base units.</param>
/// <param name="ExecutedVolume">The filled part, in base units.</param>
/// <param name="LimitPrice">Null when it has none.</param>
/// <param name="StopPrice">Null when it has none.</param>
/// <param name="StopLoss">Null when it has none.</param>
/// <param name="TakeProfit">Null when it has none.</param>
/// <param name="CreatedAt">By the broker's clock; null when not told.</param>
internal sealed record OrderAnswer(
    string OrderId,
    string Symbol,
    string Side,
    string Type,
    string Status,
    decimal Volume,
    decimal ExecutedVolume,
    decimal? LimitPrice,
    decimal? StopPrice,
    decimal? StopLoss,
    decimal? TakeProfit,
    DateTimeOffset? CreatedAt
)
{
    /// <summary>The answer for an order.</summary>
    public static OrderAnswer Of(OrderView order) =>
        new(
            order.Id.Value,
            order.Symbol.Value,
            order.Side == Domain.Events.Side.Buy ? "buy" : "sell",
            order.Type,
            order.Status == OrderStatus.PartiallyFilled ? "partiallyFilled" : "working",
            order.Volume / 100m,
            order.ExecutedVolume / 100m,
            order.LimitPrice,
            order.StopPrice,
            order.StopLoss,
            order.TakeProfit,
            order.CreatedAt
        );
}
