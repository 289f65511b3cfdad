using Trading.Api.Configuration;
using Trading.Api.Live;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Market;
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
    internal sealed record Place(BrokerEnvironment Environment, SymbolNames Symbols, PriceBook Prices)
    {
        /// <summary>The symbol that a caller means, among those that are offered or have ticked; null when there is none.
        /// </summary>
        public SymbolName? Find(string text) =>
            Symbols.Has(text) || Prices.Find(Environment, new(text)) is not null
                ? new(text)
                : Symbols.Find(text)
                    ?? SymbolNames.Of(Prices.List(Environment).Select(price => price.Symbol.Value)).Find(text);

        /// <summary>The symbol that part of a path means. The server leaves an encoded slash as it came, so that a name with a
        /// slash may come in one segment or in two.</summary>
        public SymbolName? FindInPath(string part) =>
            Find(part) ?? (Uri.UnescapeDataString(part) is var text && text != part ? Find(text) : null);
    }
}
