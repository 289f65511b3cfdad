using Trading.Domain;
using Trading.Domain.Events;
using Trading.Projections.Reading;

namespace Trading.Projections.LatestPrices;

/// <summary>Asks for the newest quotes in the read model. Within the process the price book is fresher.</summary>
public sealed class PriceQueries(ReadModelSources sources)
{
    private static readonly string ByEnvironment =
        $"select {PriceTable.Table.SelectList} from read.latest_prices where environment = $1 order by symbol";

    private static readonly string BySymbol =
        $"select {PriceTable.Table.SelectList} from read.latest_prices where environment = $1 and symbol = $2";

    /// <summary>The newest quote of every symbol of an environment, in alphabetical order.</summary>
    public async Task<ReadList<PriceView>> ListAsync(BrokerEnvironment environment, CancellationToken cancellation)
    {
        await using var command = sources.Api.CreateCommand(ByEnvironment);
        command.Parameters.Add(UserReads.Value(Words.Of(environment)));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var prices = await reader.RowsAsync(PriceTable.Table.Read, cancellation);
        return new(prices, prices.Count == 0 ? null : prices.MaxBy(price => price.Stamp.Offset)!.Stamp);
    }

    /// <summary>The newest quote of one symbol, or null when it never had one.</summary>
    public async Task<PriceView?> FindAsync(
        BrokerEnvironment environment,
        SymbolName symbol,
        CancellationToken cancellation
    )
    {
        await using var command = sources.Api.CreateCommand(BySymbol);
        command.Parameters.Add(UserReads.Value(Words.Of(environment)));
        command.Parameters.Add(UserReads.Value(symbol.Value));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? PriceTable.Table.Read(reader) : null;
    }
}
