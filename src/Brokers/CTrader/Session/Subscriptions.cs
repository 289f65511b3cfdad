using Microsoft.Extensions.Logging;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Mapping;
using Trading.Domain;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// Makes the quotes that one connection streams follow what is wanted. Only differences are sent, because asking twice
/// is refused; what fails stays different and is tried again at the next check.
/// </summary>
internal sealed class Subscriptions(Inquirer inquirer, long accountId, ILogger logger)
{
    private const int BatchSize = 100;

    private readonly HashSet<long> _streamed = [];
    private readonly HashSet<SymbolName> _notOffered = [];

    /// <summary>Numbers of the symbols that are streamed.</summary>
    public IReadOnlySet<long> Streamed => _streamed;

    /// <summary>Subscribes what is missing and unsubscribes what is left over. False when something could not be done.</summary>
    public async Task<bool> FollowAsync(
        IReadOnlySet<SymbolName> wanted,
        SymbolDirectory symbols,
        CancellationToken cancellation
    )
    {
        var ids = Find(wanted, symbols);
        var leftOver = _streamed.Except(ids).ToArray();
        var missing = ids.Except(_streamed).ToArray();
        var done = true;
        foreach (var batch in leftOver.Chunk(BatchSize))
        {
            done &= await UnsubscribeAsync(batch, cancellation);
        }

        foreach (var batch in missing.Chunk(BatchSize))
        {
            done &= await SubscribeAsync(batch, cancellation);
        }

        return done;
    }

    /// <summary>Subscribes one symbol beside what is wanted, until it is unsubscribed or the next comparison. False when the
    /// broker does not want to.</summary>
    public Task<bool> TrySubscribeAsync(long symbolId, CancellationToken cancellation) =>
        SubscribeAsync([symbolId], cancellation);

    /// <summary>Unsubscribes symbols. False when that could not be done.</summary>
    public async Task<bool> UnsubscribeAsync(long[] ids, CancellationToken cancellation)
    {
        var request = new ProtoOAUnsubscribeSpotsReq { CtidTraderAccountId = accountId };
        request.SymbolId.AddRange(ids);
        var (_, error) = await inquirer.TryAskAsync<ProtoOAUnsubscribeSpotsRes>(request, cancellation);
        if (error is { Reaction: not (ErrorReaction.Fix or ErrorReaction.Harmless) })
        {
            logger.SubscriptionRefused(ids.Length, error.Code);
            return false;
        }

        // Refused as wrong means that it was not subscribed: what we wanted.
        _streamed.ExceptWith(ids);
        return true;
    }

    private HashSet<long> Find(IReadOnlySet<SymbolName> wanted, SymbolDirectory symbols)
    {
        var ids = new HashSet<long>();
        foreach (var name in wanted)
        {
            if (symbols.TryGetId(name, out var id))
            {
                ids.Add(id);
            }
            else if (_notOffered.Add(name))
            {
                logger.SymbolNotOffered(name.Value);
            }
        }

        return ids;
    }

    private async Task<bool> SubscribeAsync(long[] ids, CancellationToken cancellation)
    {
        var request = new ProtoOASubscribeSpotsReq { CtidTraderAccountId = accountId, SubscribeToSpotTimestamp = true };
        request.SymbolId.AddRange(ids);
        var (_, error) = await inquirer.TryAskAsync<ProtoOASubscribeSpotsRes>(request, cancellation);
        if (error is null || (ids.Length == 1 && error.Reaction == ErrorReaction.Harmless))
        {
            _streamed.UnionWith(ids);
            return true;
        }

        // Nobody knows what becomes of the others when one of a batch is refused, so each is asked for alone.
        if (ids.Length > 1 && error.Reaction is ErrorReaction.Fix or ErrorReaction.Harmless)
        {
            var done = true;
            foreach (var id in ids)
            {
                done &= await SubscribeAsync([id], cancellation);
            }

            return done;
        }

        logger.SubscriptionRefused(ids.Length, error.Code);
        return false;
    }
}
