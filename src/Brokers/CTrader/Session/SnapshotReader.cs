using Google.Protobuf;
using Trading.Brokers.CTrader.Mapping;
using Trading.Brokers.CTrader.Wire;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Session;

/// <summary>The account at one moment.</summary>
/// <param name="Snapshot">What the account holds.</param>
/// <param name="Sequence">The frame up to which the snapshot speaks; later frames are news.</param>
/// <param name="Directory">Names of the symbols.</param>
/// <param name="DepositAssetId">The account's currency.</param>
internal sealed record ReadSnapshot(
    AccountSnapshot Snapshot,
    long Sequence,
    SymbolDirectory Directory,
    long DepositAssetId
);

/// <summary>
/// Asks for everything there is to know about an authorised account. What is open is asked for before history is, so
/// that each deal that shaped it is either in the history or comes as news.
/// </summary>
internal sealed class SnapshotReader(
    Inquirer inquirer,
    long accountId,
    BrokerEnvironment environment,
    TimeProvider clock
)
{
    private const int TraderField = 3;
    private const int PositionField = 3;
    private const int OrderField = 4;

    // The broker's clock may be ahead of ours.
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>Reads it all; null when the inquirer met a failure.</summary>
    /// <param name="since">From when on history is wanted; null for none.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OverflowException">A number is not one that prices or money can have.</exception>
    public async Task<ReadSnapshot?> ReadAsync(DateTimeOffset? since, CancellationToken cancellation)
    {
        if (await AskTraderAsync(cancellation) is not { } early)
        {
            return null;
        }

        var depositAsset = early.Message.Trader.DepositAssetId;
        if (await new SymbolLoader(inquirer, accountId).LoadAsync(depositAsset, cancellation) is not { } symbols)
        {
            return null;
        }

        // Asked in one breath, so that hardly anything can happen between the two answers.
        var traderTask = AskTraderAsync(cancellation);
        var openTask = inquirer.AskAsync<ProtoOAReconcileRes>(
            new ProtoOAReconcileReq { CtidTraderAccountId = accountId, ReturnProtectionOrders = true },
            cancellation
        );
        if (await traderTask is not { } trader || await openTask is not { } open)
        {
            return null;
        }

        var from = since is { } moment
            ? Math.Max(moment.ToUnixTimeMilliseconds(), trader.Message.Trader.RegistrationTimestamp)
            : (long?)null;
        if (await ReadHistoryAsync(from, symbols.Directory, cancellation) is not { } history)
        {
            return null;
        }

        var snapshot = new AccountSnapshot
        {
            Account = trader.Message.Trader.ToState(
                environment,
                symbols.Directory,
                SourceOf(WireFields.Embedded(trader.Bytes, TraderField).First(), ProtoOATrader.Descriptor.Name)
            ),
            Positions = Positions(open, symbols.Directory),
            Orders = Orders(open, symbols.Directory),
            Deals = history.Deals,
            PastOrders = history.Orders,
            CashMovements = history.Movements,
            Gaps = history.Gaps,
            Symbols = symbols.Listed,
            Source = SourceOf(open.Bytes, ProtoOAReconcileRes.Descriptor.Name),
        };
        return new ReadSnapshot(snapshot, Math.Min(trader.Sequence, open.Sequence), symbols.Directory, depositAsset);
    }

    private async Task<Reply<ProtoOATraderRes>?> AskTraderAsync(CancellationToken cancellation)
    {
        var reply = await inquirer.AskAsync<ProtoOATraderRes>(
            new ProtoOATraderReq { CtidTraderAccountId = accountId },
            cancellation
        );
        return reply is { Message.Trader: not null } ? reply : null;
    }

    /// <summary>Orders after deals: each deal's order is then in the list, or is one that the broker does not list.</summary>
    private async Task<History?> ReadHistoryAsync(long? fromMs, SymbolDirectory symbols, CancellationToken cancellation)
    {
        if (fromMs is not { } from)
        {
            // The answer tells that everything that came before it has been sorted.
            var barrier = await inquirer.AskAsync<ProtoOAVersionRes>(new ProtoOAVersionReq(), cancellation);
            return barrier is null ? null : new([], [], [], []);
        }

        var to = clock.GetUtcNow().Add(Ahead).ToUnixTimeMilliseconds();
        var reader = new HistoryReader(inquirer, accountId, clock);
        var deals = await reader.DealsAsync(from, to, symbols, cancellation);
        var orders = deals is null ? null : await reader.OrdersAsync(from, to, deals, symbols, cancellation);
        var movements = orders is null ? null : await reader.CashMovementsAsync(from, to, cancellation);
        return movements is null ? null : new(deals!, orders!, movements, reader.Gaps);
    }

    private sealed record History(
        IReadOnlyList<DealExecuted> Deals,
        IReadOnlyList<PastOrder> Orders,
        IReadOnlyList<CashMovement> Movements,
        IReadOnlyList<HistoryGap> Gaps
    );

    private static List<Observed<PositionDetails>> Positions(
        Reply<ProtoOAReconcileRes> open,
        SymbolDirectory symbols
    ) =>
        [
            .. WireFields
                .Embedded(open.Bytes, PositionField)
                .Select(bytes => (Bytes: bytes, Position: ProtoOAPosition.Parser.ParseFrom(bytes.Span)))
                .Where(found => found.Position.PositionStatus == ProtoOAPositionStatus.PositionStatusOpen)
                .Select(found => new Observed<PositionDetails>(
                    found.Position.ToDetails(symbols),
                    SourceOf(found.Bytes, ProtoOAPosition.Descriptor.Name)
                )),
        ];

    private static List<Observed<OrderDetails>> Orders(Reply<ProtoOAReconcileRes> open, SymbolDirectory symbols) =>
        [
            .. WireFields
                .Embedded(open.Bytes, OrderField)
                .Select(bytes => new Observed<OrderDetails>(
                    ProtoOAOrder.Parser.ParseFrom(bytes.Span).ToDetails(symbols),
                    SourceOf(bytes, ProtoOAOrder.Descriptor.Name)
                )),
        ];

    private static BrokerMessage SourceOf(ReadOnlyMemory<byte> bytes, string type) =>
        EventMapping.Source(type, ByteString.CopyFrom(bytes.Span));
}
