namespace Trading.Brokers.CTrader.Connection;

/// <summary>Where a broker listens for protobuf over TLS.</summary>
internal sealed record BrokerAddress(string Host, int Port);
