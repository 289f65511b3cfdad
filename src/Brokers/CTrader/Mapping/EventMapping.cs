using Google.Protobuf;
using Trading.Brokers.CTrader.Connection;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Mapping;

/// <summary>
/// Turns what the broker tells unasked into reports. Each report carries the broker's own bytes.
/// </summary>
internal sealed class EventMapping(long accountId, BrokerEnvironment environment, TimeProvider clock)
{
    private DecimalValue? _nonWithdrawableBonus;

    /// <summary>Remembers what later messages leave out.</summary>
    public void Remember(AccountState account) => _nonWithdrawableBonus = account.Bonus.NonWithdrawableBonus;

    /// <summary>The report that a message is worth; null when it says nothing to anybody here.</summary>
    /// <param name="payloadType">Which message it is.</param>
    /// <param name="payload">Its bytes.</param>
    /// <param name="symbols">Names of the symbols.</param>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no such message.</exception>
    /// <exception cref="OverflowException">A number in it is not one that prices or money can have.</exception>
    public BrokerReport? ToReport(uint payloadType, ByteString payload, SymbolDirectory symbols) =>
        (ProtoOAPayloadType)payloadType switch
        {
            ProtoOAPayloadType.ProtoOaExecutionEvent => Of(
                ProtoOAExecutionEvent.Parser.ParseFrom(payload),
                symbols,
                Source(ProtoOAExecutionEvent.Descriptor.Name, payload)
            ),
            ProtoOAPayloadType.ProtoOaOrderErrorEvent => Of(
                ProtoOAOrderErrorEvent.Parser.ParseFrom(payload),
                Source(ProtoOAOrderErrorEvent.Descriptor.Name, payload)
            ),
            ProtoOAPayloadType.ProtoOaTraderUpdateEvent => Of(
                ProtoOATraderUpdatedEvent.Parser.ParseFrom(payload),
                symbols,
                Source(ProtoOATraderUpdatedEvent.Descriptor.Name, payload)
            ),
            ProtoOAPayloadType.ProtoOaMarginChangedEvent => Of(
                ProtoOAMarginChangedEvent.Parser.ParseFrom(payload),
                Source(ProtoOAMarginChangedEvent.Descriptor.Name, payload)
            ),
            ProtoOAPayloadType.ProtoOaTrailingSlChangedEvent => Of(
                ProtoOATrailingSLChangedEvent.Parser.ParseFrom(payload),
                Source(ProtoOATrailingSLChangedEvent.Descriptor.Name, payload)
            ),
            _ => null,
        };

    /// <summary>The broker's words as events hold them.</summary>
    public static BrokerMessage Source(string type, ByteString body) => new() { Type = type, Body = body };

    // A connection serves one account; what names another one must not touch ours.
    private bool IsForeign(long account) => account != 0 && account != accountId;

    private BrokerReport? Of(ProtoOAExecutionEvent execution, SymbolDirectory symbols, BrokerMessage source) =>
        execution.ExecutionType switch
        {
            _ when IsForeign(execution.CtidTraderAccountId) => PassOver("account"),
            ProtoOAExecutionType.OrderAccepted => Step(OrderStepKind.Accepted, execution, symbols, source),
            ProtoOAExecutionType.OrderFilled => Step(OrderStepKind.Filled, execution, symbols, source),
            ProtoOAExecutionType.OrderPartialFill => Step(OrderStepKind.PartiallyFilled, execution, symbols, source),
            ProtoOAExecutionType.OrderReplaced => Step(OrderStepKind.Amended, execution, symbols, source),
            ProtoOAExecutionType.OrderCancelled => Step(OrderStepKind.Cancelled, execution, symbols, source),
            ProtoOAExecutionType.OrderExpired => Step(OrderStepKind.Expired, execution, symbols, source),
            ProtoOAExecutionType.OrderRejected => Step(OrderStepKind.Rejected, execution, symbols, source),
            ProtoOAExecutionType.OrderCancelRejected => Step(OrderStepKind.CancelRejected, execution, symbols, source),
            ProtoOAExecutionType.Swap when execution.Position is { } position => new BrokerReport.SwapAccrued(
                position.ToDetails(symbols),
                source
            )
            {
                At = At(position.UtcLastUpdateTimestamp),
            },
            ProtoOAExecutionType.DepositWithdraw when execution.DepositWithdraw is { } movement => Of(movement, source),
            ProtoOAExecutionType.BonusDepositWithdraw when execution.BonusDepositWithdraw is { } bonus =>
                new BrokerReport.BonusMoved(
                    bonus.ToChanged(execution.CtidTraderAccountId.ToString(), _nonWithdrawableBonus, source)
                )
                {
                    At = At(bonus.ChangeBonusTimestamp),
                },
            _ => PassOver("execution type"),
        };

    private BrokerReport.CashMoved Of(ProtoOADepositWithdraw movement, BrokerMessage source) =>
        new(movement.ToMovement(source, clock.GetUtcNow())) { At = At(movement.ChangeBalanceTimestamp) };

    private BrokerReport.OrderStep Step(
        OrderStepKind kind,
        ProtoOAExecutionEvent execution,
        SymbolDirectory symbols,
        BrokerMessage source
    )
    {
        var account = execution.CtidTraderAccountId.ToString();
        return new BrokerReport.OrderStep(
            kind,
            execution.Order?.ToDetails(symbols),
            execution.Position?.ToReport(symbols),
            execution.Deal?.ToExecuted(symbols, account, recovered: false, source),
            execution.ErrorCode,
            source
        )
        {
            At = At(
                execution.Deal?.ExecutionTimestamp
                    ?? execution.Order?.UtcLastUpdateTimestamp
                    ?? execution.Position?.UtcLastUpdateTimestamp
                    ?? 0
            ),
        };
    }

    private BrokerReport? Of(ProtoOAOrderErrorEvent refusal, BrokerMessage source) =>
        IsForeign(refusal.CtidTraderAccountId)
            ? PassOver("account")
            : new BrokerReport.OrderRefused(
                TradeMapping.Id(refusal.OrderId),
                refusal.ErrorCode,
                refusal.Description,
                source
            )
            {
                At = At(0),
            };

    private BrokerReport? Of(ProtoOATraderUpdatedEvent updated, SymbolDirectory symbols, BrokerMessage source)
    {
        // Without the trader there is nothing to tell; an empty one would wipe the account out.
        if (updated.Trader is not { } trader || IsForeign(updated.CtidTraderAccountId))
        {
            return PassOver("account");
        }

        var account = trader.ToState(environment, symbols, source);
        Remember(account);
        return new BrokerReport.AccountReported(account) { At = At(0) };
    }

    private BrokerReport.MarginReported Of(ProtoOAMarginChangedEvent margin, BrokerMessage source) =>
        new(
            new MarginChanged
            {
                AccountId = margin.CtidTraderAccountId.ToString(),
                PositionId = TradeMapping.Id((long)margin.PositionId),
                UsedMargin = BrokerNumber.Money((long)margin.UsedMargin, margin.HasMoneyDigits, margin.MoneyDigits),
                Source = source,
            }
        )
        {
            At = At(0),
        };

    private BrokerReport? Of(ProtoOATrailingSLChangedEvent trailing, BrokerMessage source) =>
        IsForeign(trailing.CtidTraderAccountId)
            ? PassOver("account")
            : new BrokerReport.TrailingStopMoved(
                new PositionId(TradeMapping.Id(trailing.PositionId)),
                BrokerNumber.Exact(trailing.StopPrice),
                source
            )
            {
                At = At(trailing.UtcLastUpdateTimestamp),
            };

    private DateTimeOffset At(long brokersMilliseconds) => BrokerNumber.Moment(brokersMilliseconds, clock.GetUtcNow());

    private static BrokerReport? PassOver(string reason)
    {
        LinkMetrics.Skip(reason);
        return null;
    }
}
