namespace Trading.Domain.Market;

/// <summary>Both sides of a symbol's newest tick.</summary>
/// <param name="Bid">What a seller gets.</param>
/// <param name="Ask">What a buyer pays.</param>
public readonly record struct Quote(Price Bid, Price Ask);
