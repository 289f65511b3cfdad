using Trading.Brokers.CTrader.Mapping;
using Trading.Domain.Events;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Session;

/// <summary>Everything about what can be traded: names by number for the link, and the list for everybody else.</summary>
internal sealed record LoadedSymbols(SymbolDirectory Directory, SymbolsListed Listed);

/// <summary>Fetches assets, symbols with their specifications, and the ways to convert into the account's currency.
/// </summary>
internal sealed class SymbolLoader(Inquirer inquirer, long accountId)
{
    // Answers of a hundred specifications stay in the tens of kilobytes.
    private const int BatchSize = 100;

    /// <summary>Fetches it all; null when the inquirer met a failure.</summary>
    /// <param name="depositAssetId">The account's currency.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<LoadedSymbols?> LoadAsync(long depositAssetId, CancellationToken cancellation)
    {
        var assets = inquirer.AskAsync<ProtoOAAssetListRes>(
            new ProtoOAAssetListReq { CtidTraderAccountId = accountId },
            cancellation
        );
        var light = inquirer.AskAsync<ProtoOASymbolsListRes>(
            new ProtoOASymbolsListReq { CtidTraderAccountId = accountId },
            cancellation
        );
        // Only for show: a broker that refuses them is served all the same.
        var classes = inquirer.TryAskAsync<ProtoOAAssetClassListRes>(
            new ProtoOAAssetClassListReq { CtidTraderAccountId = accountId },
            cancellation
        );
        var categories = inquirer.TryAskAsync<ProtoOASymbolCategoryListRes>(
            new ProtoOASymbolCategoryListReq { CtidTraderAccountId = accountId },
            cancellation
        );
        await Task.WhenAll(assets, light, classes, categories);
        if (await assets is not { } assetList || await light is not { } lightList)
        {
            return null;
        }

        // Nobody can ask for a symbol without a name.
        var symbols = lightList
            .Message.Symbol.Where(symbol => !string.IsNullOrWhiteSpace(symbol.SymbolName))
            .DistinctBy(symbol => symbol.SymbolId)
            .ToArray();
        var full = await LoadSpecificationsAsync([.. symbols.Select(symbol => symbol.SymbolId)], cancellation);
        if (full is null)
        {
            return null;
        }

        var directory = new SymbolDirectory(
            symbols.ToDictionary(
                symbol => symbol.SymbolId,
                symbol => SymbolDirectory.NameOf(symbol.SymbolId, symbol.SymbolName)
            ),
            assetList
                .Message.Asset.DistinctBy(asset => asset.AssetId)
                .ToDictionary(asset => asset.AssetId, asset => asset.Name)
        );
        var listed = new SymbolsListed { AccountId = accountId.ToString() };
        var groups = new SymbolGroups((await classes).Reply?.Message, (await categories).Reply?.Message);
        listed.Symbols.AddRange(
            symbols
                .Where(symbol => full.ContainsKey(symbol.SymbolId))
                .Select(symbol => Specify(symbol, full[symbol.SymbolId], directory, groups))
        );
        listed.Conversions.AddRange(await LoadConversionsAsync(symbols, depositAssetId, directory, cancellation));
        return new LoadedSymbols(directory, listed);
    }

    private async Task<Dictionary<long, ProtoOASymbol>?> LoadSpecificationsAsync(
        long[] ids,
        CancellationToken cancellation
    )
    {
        var batches = await Task.WhenAll(
            ids.Chunk(BatchSize)
                .Select(batch =>
                {
                    var request = new ProtoOASymbolByIdReq { CtidTraderAccountId = accountId };
                    request.SymbolId.AddRange(batch);
                    return inquirer.AskAsync<ProtoOASymbolByIdRes>(request, cancellation);
                })
        );
        return Array.Exists(batches, batch => batch is null)
            ? null
            : batches
                .SelectMany(batch => batch!.Message.Symbol)
                .DistinctBy(symbol => symbol.SymbolId)
                .ToDictionary(symbol => symbol.SymbolId);
    }

    private async Task<IEnumerable<ConversionChain>> LoadConversionsAsync(
        IEnumerable<ProtoOALightSymbol> symbols,
        long depositAssetId,
        SymbolDirectory directory,
        CancellationToken cancellation
    )
    {
        var quoteAssets = symbols
            .Select(symbol => symbol.QuoteAssetId)
            .Where(asset => asset != 0 && asset != depositAssetId)
            .Distinct();
        var chains = await Task.WhenAll(
            quoteAssets.Select(async asset =>
            {
                // A refusal or an empty answer alike means that there is no way.
                var (reply, _) = await inquirer.TryAskAsync<ProtoOASymbolsForConversionRes>(
                    new ProtoOASymbolsForConversionReq
                    {
                        CtidTraderAccountId = accountId,
                        FirstAssetId = asset,
                        LastAssetId = depositAssetId,
                    },
                    cancellation
                );
                return (Asset: asset, Path: reply?.Message.Symbol);
            })
        );
        return chains
            .Where(chain => chain.Path is { Count: > 0 })
            .Select(chain => new ConversionChain
            {
                FromAsset = directory.Asset(chain.Asset),
                ToAsset = directory.Asset(depositAssetId),
                Symbols = { chain.Path!.Select(symbol => directory.Get(symbol.SymbolId).Value) },
            });
    }

    private static SymbolSpecification Specify(
        ProtoOALightSymbol light,
        ProtoOASymbol full,
        SymbolDirectory directory,
        SymbolGroups groups
    ) =>
        new()
        {
            SymbolId = light.SymbolId,
            Name = directory.Get(light.SymbolId).Value,
            BaseAsset = directory.Asset(light.BaseAssetId),
            QuoteAsset = directory.Asset(light.QuoteAssetId),
            Digits = full.Digits,
            PipPosition = full.PipPosition,
            LotSize = full.LotSize,
            MinVolume = full.MinVolume,
            MaxVolume = full.MaxVolume,
            StepVolume = full.StepVolume,
            AssetClass = groups.AssetClass(light.SymbolCategoryId),
            Category = groups.Category(light.SymbolCategoryId),
            Description = light.Description,
            Enabled = light.Enabled,
        };

    /// <summary>Names of categories and of the classes above them; empty where the broker told none.</summary>
    private sealed class SymbolGroups(ProtoOAAssetClassListRes? classes, ProtoOASymbolCategoryListRes? categories)
    {
        private readonly Dictionary<long, string> _classes = (classes?.AssetClass ?? [])
            .DistinctBy(assetClass => assetClass.Id)
            .ToDictionary(assetClass => assetClass.Id, assetClass => assetClass.Name);

        private readonly Dictionary<long, ProtoOASymbolCategory> _categories = (categories?.SymbolCategory ?? [])
            .DistinctBy(category => category.Id)
            .ToDictionary(category => category.Id);

        public string Category(long id) => _categories.TryGetValue(id, out var category) ? category.Name : "";

        public string AssetClass(long categoryId) =>
            _categories.TryGetValue(categoryId, out var category)
                ? _classes.GetValueOrDefault(category.AssetClassId, "")
                : "";
    }
}
