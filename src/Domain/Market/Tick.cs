namespace Trading.Domain.Market;

/// <summary>One bid/ask quote of one symbol.</summary>
/// <param name="Symbol">Upper-case name.</param>
/// <param name="Bid">What a seller gets.</param>
/// <param name="Ask">What a buyer pays.</param>
/// <param name="TimestampMs">The broker's time, Unix milliseconds. Not strictly increasing across symbols.</param>
public readonly record struct Tick(SymbolName Symbol, Price Bid, Price Ask, long TimestampMs);
