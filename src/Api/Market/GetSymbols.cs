using System.Text.Json.Serialization;
using Trading.Api.Access;
using Trading.Projections.Accounts;
using Trading.Projections.Symbols;

namespace Trading.Api.Market;

/// <summary><c>GET /symbols</c>: what the broker offers to the user's account.</summary>
internal static class GetSymbols
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/symbols", Answer)
            .ForUsers()
            .TakesMinOffset()
            .WithTags("Market")
            .WithSummary("The symbols that the broker offers to the current account.")
            .Produces<SymbolsAnswer>()
            .Produces(StatusCodes.Status304NotModified)
            .Fails(StatusCodes.Status404NotFound);

    private static async Task<IResult> Answer(
        User user,
        AccountQueries accounts,
        SymbolQueries symbols,
        HttpContext context
    )
    {
        if (await accounts.FindAsync(user.Key, context.RequestAborted) is not { } account)
        {
            return ApiError.NoAccount;
        }

        if (await symbols.FindAsync(user.Key, account.Account, context.RequestAborted) is not { } list)
        {
            return ApiError.AccountNotReady;
        }

        var answer = new SymbolsAnswer
        {
            AccountId = account.Account.Value,
            Symbols = [.. list.Symbols.Select(SymbolAnswer.Of)],
            Offset = list.Stamp.Offset.Value,
            CacheTimestamp = list.Stamp.WrittenAt.ToUnixTimeMilliseconds(),
        };
        return new Versioned<SymbolsAnswer>(
            $"W/\"symbols-{account.Account}-{answer.Offset}\"",
            answer,
            ApiJson.Default.SymbolsAnswer
        );
    }
}

/// <summary>The symbols of an account, in alphabetical order.</summary>
internal sealed record SymbolsAnswer
{
    /// <summary>The account they are offered to.</summary>
    public required string AccountId { get; init; }

    /// <summary>The symbols.</summary>
    public required IReadOnlyList<SymbolAnswer> Symbols { get; init; }

    /// <summary>The journal offset that last changed the list.</summary>
    public required long Offset { get; init; }

    /// <summary>Always true: the answer comes from the read model.</summary>
    [JsonPropertyName("_cache")]
    public bool Cache { get; } = true;

    /// <summary>When the read model was last written, Unix milliseconds.</summary>
    [JsonPropertyName("_cacheTimestamp")]
    public required long CacheTimestamp { get; init; }
}

/// <summary>One symbol. Volumes are in base units.</summary>
/// <param name="Symbol">For example EURUSD.</param>
/// <param name="Description">For people.</param>
/// <param name="BaseAsset">What is bought and sold.</param>
/// <param name="QuoteAsset">What it is paid in.</param>
/// <param name="Digits">Decimals of a displayed price.</param>
/// <param name="PipPosition">The decimal that a pip stands on.</param>
/// <param name="LotSize">One lot.</param>
/// <param name="MinVolume">Least volume of an order.</param>
/// <param name="MaxVolume">Largest volume of an order.</param>
/// <param name="StepVolume">Volumes are multiples of this.</param>
/// <param name="AssetClass">For example Forex.</param>
/// <param name="Category">The broker's own group within the class.</param>
/// <param name="Enabled">False when listed but not to be traded.</param>
internal sealed record SymbolAnswer(
    string Symbol,
    string Description,
    string BaseAsset,
    string QuoteAsset,
    int Digits,
    int PipPosition,
    decimal LotSize,
    decimal MinVolume,
    decimal MaxVolume,
    decimal StepVolume,
    string AssetClass,
    string Category,
    bool Enabled
)
{
    /// <summary>The answer for a symbol.</summary>
    public static SymbolAnswer Of(SymbolView symbol) =>
        new(
            symbol.Name.Value,
            symbol.Description,
            symbol.BaseAsset,
            symbol.QuoteAsset,
            symbol.Digits,
            symbol.PipPosition,
            symbol.LotSize / 100m,
            symbol.MinVolume / 100m,
            symbol.MaxVolume / 100m,
            symbol.StepVolume / 100m,
            symbol.AssetClass,
            symbol.Category,
            symbol.Enabled
        );
}
