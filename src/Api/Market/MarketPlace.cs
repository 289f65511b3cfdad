using Trading.Api.Configuration;
using Trading.Api.Live;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Projections.Accounts;
using Trading.Projections.LatestPrices;

namespace Trading.Api.Market;

/// <summary>Which market a user looks at: that of the user's own account, otherwise the configured one.</summary>
internal sealed class MarketPlace(
    AccountQueries accounts,
    StatusBoard board,
    PriceBook prices,
    ServiceSettings settings
)
{
    /// <summary>The market of a user; of the configured environment when there is no user or no account.</summary>
    public async ValueTask<Place> OfAsync(UserKey? user, CancellationToken cancellation)
    {
        var account = user is { } key ? await accounts.FindAsync(key, cancellation) : null;
        var environment = account is { Environment: not BrokerEnvironment.Unspecified } known
            ? known.Environment
            : settings.CTrader.Environment;
        return new(environment, board.Of(environment).Symbols, prices);
    }

    /// <summary>One environment's market.</summary>
    internal sealed record Place(BrokerEnvironment Environment, IReadOnlyList<string> Symbols, PriceBook Prices)
    {
        /// <summary>The symbol is offered, or has ticked.</summary>
        public bool Has(SymbolName symbol) =>
            Symbols.Contains(symbol.Value) || Prices.Find(Environment, symbol) is not null;
    }
}
