namespace Trading.Sandbox.CTrader.Engine;

/// <summary>A currency, metal or index unit that accounts hold or symbols price.</summary>
internal sealed record Asset(long Id, string Name, int Digits);
