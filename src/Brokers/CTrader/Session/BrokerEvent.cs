using Google.Protobuf;

namespace Trading.Brokers.CTrader.Session;

/// <summary>A message that came unasked, kept until it can be reported.</summary>
/// <param name="PayloadType">Which message it is.</param>
/// <param name="Payload">Its bytes.</param>
/// <param name="Sequence">Its place among all frames received.</param>
internal sealed record BrokerEvent(uint PayloadType, ByteString Payload, long Sequence);
