using Google.Protobuf;
using Trading.Brokers.CTrader.Mapping;
using Trading.Brokers.CTrader.Wire;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// Reads what happened while nobody listened: deals and cash movements, window by window, because the broker answers
/// for a week at most. Pages overlap at their edge and repeats are dropped by id, so that nothing falls between them
/// (source: cTrader Open API).
/// </summary>
internal sealed class HistoryReader(Inquirer inquirer, long accountId, TimeProvider clock)
{
    private const int DealField = 3;
    private const int MovementField = 3;
    private static readonly long WindowMs = (long)TimeSpan.FromDays(7).TotalMilliseconds;

    /// <summary>Deals since a moment, oldest first; null when the inquirer met a failure.</summary>
    public async Task<IReadOnlyList<DealExecuted>?> DealsAsync(
        long fromMs,
        long toMs,
        SymbolDirectory symbols,
        CancellationToken cancellation
    )
    {
        var found = new Dictionary<long, DealExecuted>();
        for (var from = fromMs; from < toMs; from += WindowMs)
        {
            if (!await AddDealsAsync(found, from, Math.Min(from + WindowMs, toMs), symbols, cancellation))
            {
                return null;
            }
        }

        return [.. found.OrderBy(pair => pair.Value.ExecutedAtMs).ThenBy(pair => pair.Key).Select(pair => pair.Value)];
    }

    /// <summary>Deposits and withdrawals since a moment, oldest first; null when the inquirer met a failure.</summary>
    public async Task<IReadOnlyList<CashMovement>?> CashMovementsAsync(
        long fromMs,
        long toMs,
        CancellationToken cancellation
    )
    {
        var found = new Dictionary<long, CashMovement>();
        for (var from = fromMs; from < toMs; from += WindowMs)
        {
            var reply = await inquirer.AskAsync<ProtoOACashFlowHistoryListRes>(
                new ProtoOACashFlowHistoryListReq
                {
                    CtidTraderAccountId = accountId,
                    FromTimestamp = from,
                    ToTimestamp = Math.Min(from + WindowMs, toMs),
                },
                cancellation
            );
            if (reply is null)
            {
                return null;
            }

            foreach (var bytes in WireFields.Embedded(reply.Bytes, MovementField))
            {
                var movement = ProtoOADepositWithdraw.Parser.ParseFrom(bytes.Span);
                var source = EventMapping.Source(
                    ProtoOADepositWithdraw.Descriptor.Name,
                    ByteString.CopyFrom(bytes.Span)
                );
                found[movement.BalanceHistoryId] = movement.ToMovement(source, clock.GetUtcNow());
            }
        }

        return [.. found.OrderBy(pair => pair.Value.At).ThenBy(pair => pair.Key).Select(pair => pair.Value)];
    }

    private async Task<bool> AddDealsAsync(
        Dictionary<long, DealExecuted> found,
        long fromMs,
        long toMs,
        SymbolDirectory symbols,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            var reply = await inquirer.AskAsync<ProtoOADealListRes>(
                new ProtoOADealListReq
                {
                    CtidTraderAccountId = accountId,
                    FromTimestamp = fromMs,
                    ToTimestamp = toMs,
                },
                cancellation
            );
            if (reply is null)
            {
                return false;
            }

            var before = found.Count;
            var oldest = toMs;
            foreach (var bytes in WireFields.Embedded(reply.Bytes, DealField))
            {
                var deal = ProtoOADeal.Parser.ParseFrom(bytes.Span);
                var source = EventMapping.Source(ProtoOADeal.Descriptor.Name, ByteString.CopyFrom(bytes.Span));
                found[deal.DealId] = deal.ToExecuted(symbols, accountId.ToString(), recovered: true, source);
                oldest = Math.Min(oldest, deal.ExecutionTimestamp);
            }

            if (reply.Message.Deal.Count == 0)
            {
                return true;
            }

            // A page that brought nothing new would come again for ever: step over its edge.
            toMs = found.Count == before ? oldest - 1 : oldest;
            if (!reply.Message.HasMore || toMs <= fromMs)
            {
                return true;
            }
        }
    }
}
