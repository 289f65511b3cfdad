using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Simulation.Audit;

/// <summary>What may become of a position or an order, given what was recorded of it before.</summary>
internal static class HoldingRules
{
    public const string Rule = "a position and an order change in order";
    public const string Explained = "what a record explains is no difference";

    public static void Check(FoldedSession? session, RecordedEvent recorded, Action<string, string> fail)
    {
        var payload = recorded.Decode();
        if (
            session?.Accounts.GetValueOrDefault(Speaks.Of(payload)) is { } account
            && Wrong(account, payload) is { } wrong
        )
        {
            fail(
                payload is DifferenceReconciled ? Explained : Rule,
                $"{recorded.Offset} {payload.Descriptor.Name}: {wrong}"
            );
        }
    }

    private static string? Wrong(FoldedAccount account, object payload) =>
        payload switch
        {
            PositionOpened opened when account.Positions.ContainsKey(opened.Position.PositionId) => "open already",
            PositionChanged changed when !account.Positions.ContainsKey(changed.Position.PositionId) => "not open",
            PositionClosed closed when !account.Positions.ContainsKey(closed.PositionId) => "not open",
            MarginChanged margin when !account.Positions.ContainsKey(margin.PositionId) => "not open",
            SwapCharged swap
                when account.Positions.GetValueOrDefault(swap.PositionId) is not { } held
                    || held.Swap.ToDecimal() + swap.Delta.ToDecimal() != swap.Swap.ToDecimal() =>
                "the charges do not add up",
            OrderAccepted accepted when account.Orders.ContainsKey(accepted.Order.OrderId) => "accepted already",
            OrderAccepted accepted when account.EndedOrders.ContainsKey(accepted.Order.OrderId) => "ended before",
            OrderAmended amended when account.EndedOrders.ContainsKey(amended.Order.OrderId) => "ended before",
            OrderFilled { Complete: true } filled
                when account.EndedOrders.GetValueOrDefault(filled.Order.OrderId) == "filled" => "filled before",
            // The broker of the simulation does nothing to a position without a deal.
            DifferenceReconciled { Subject: "position" or "order" } difference =>
                $"{difference.Subject} {difference.SubjectId}: {difference.Expected}, but {difference.Observed}",
            _ => null,
        };
}
